INSERT INTO environment (project, day, field, value, installs, first_in_week)
VALUES (?, ?, ?, ?, ?, ?)
ON CONFLICT (project, day, field, value) DO UPDATE SET
  installs = installs + excluded.installs,
  first_in_week = first_in_week + excluded.first_in_week;
