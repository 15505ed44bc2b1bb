INSERT INTO flag (project, day, command, flag, runs, first_in_week)
VALUES (?, ?, ?, ?, ?, ?)
ON CONFLICT (project, day, command, flag) DO UPDATE SET
  runs = runs + excluded.runs,
  first_in_week = first_in_week + excluded.first_in_week;
