INSERT INTO event (project, day, event, runs, first_in_week)
VALUES (?, ?, ?, ?, ?)
ON CONFLICT (project, day, event) DO UPDATE SET
  runs = runs + excluded.runs,
  first_in_week = first_in_week + excluded.first_in_week;
