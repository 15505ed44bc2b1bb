INSERT INTO command_install (project, day, command, one_in, first_in_week)
SELECT
  json_extract(value, '$[0]'),
  json_extract(value, '$[1]'),
  json_extract(value, '$[2]'),
  json_extract(value, '$[3]'),
  json_extract(value, '$[4]')
FROM json_each(:rows)
WHERE TRUE
ON CONFLICT (project, day, command, one_in) DO UPDATE SET
  first_in_week = first_in_week + excluded.first_in_week;
