INSERT INTO age (project, week, age, one_in, installs)
SELECT
  json_extract(value, '$[0]'),
  json_extract(value, '$[1]'),
  json_extract(value, '$[2]'),
  json_extract(value, '$[3]'),
  json_extract(value, '$[4]')
FROM json_each(:rows)
WHERE TRUE
ON CONFLICT (project, week, age, one_in) DO UPDATE SET
  installs = installs + excluded.installs;
