INSERT INTO activity (project, day, installs, new, first_in_week, first_in_month)
VALUES (?, ?, ?, ?, ?, ?)
ON CONFLICT (project, day) DO UPDATE SET
  installs = installs + excluded.installs,
  new = new + excluded.new,
  first_in_week = first_in_week + excluded.first_in_week,
  first_in_month = first_in_month + excluded.first_in_month;
