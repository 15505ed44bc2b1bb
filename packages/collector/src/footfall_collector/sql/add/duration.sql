INSERT INTO duration (project, day, command, bucket, runs)
VALUES (?, ?, ?, ?, ?)
ON CONFLICT (project, day, command, bucket) DO UPDATE SET
  runs = runs + excluded.runs;
