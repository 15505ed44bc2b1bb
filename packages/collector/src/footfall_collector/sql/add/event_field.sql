INSERT INTO event_field (project, day, event, field, value, runs, first_in_week)
VALUES (?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (project, day, event, field, value) DO UPDATE SET
  runs = runs + excluded.runs,
  first_in_week = first_in_week + excluded.first_in_week;
