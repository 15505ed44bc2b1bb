INSERT INTO age (project, week, age, installs)
VALUES (?, ?, ?, ?)
ON CONFLICT (project, week, age) DO UPDATE SET
  installs = installs + excluded.installs;
