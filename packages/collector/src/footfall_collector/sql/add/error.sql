INSERT INTO error (project, day, command, kind, runs, first_in_week)
VALUES (?, ?, ?, ?, ?, ?)
ON CONFLICT (project, day, command, kind) DO UPDATE SET
  runs = runs + excluded.runs,
  first_in_week = first_in_week + excluded.first_in_week;
