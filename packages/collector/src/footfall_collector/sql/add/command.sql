INSERT INTO command (project, day, command, release, outcome, runs, first_in_week)
VALUES (?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (project, day, command, release, outcome) DO UPDATE SET
  runs = runs + excluded.runs,
  first_in_week = first_in_week + excluded.first_in_week;
