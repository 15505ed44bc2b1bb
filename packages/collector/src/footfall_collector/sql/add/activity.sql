INSERT INTO activity (project, day, one_in, installs, new, first_in_week, first_in_month)
SELECT
  json_extract(value, '$[0]'),
  json_extract(value, '$[1]'),
  json_extract(value, '$[2]'),
  json_extract(value, '$[3]'),
  json_extract(value, '$[4]'),
  json_extract(value, '$[5]'),
  json_extract(value, '$[6]')
FROM json_each(:rows)
WHERE TRUE
ON CONFLICT (project, day, one_in) DO UPDATE SET
  installs = installs + excluded.installs,
  new = new + excluded.new,
  first_in_week = first_in_week + excluded.first_in_week,
  first_in_month = first_in_month + excluded.first_in_month;
