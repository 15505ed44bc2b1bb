INSERT INTO command_install (project, day, command, first_in_week)
VALUES (?, ?, ?, ?)
ON CONFLICT (project, day, command) DO UPDATE SET
  first_in_week = first_in_week + excluded.first_in_week;
