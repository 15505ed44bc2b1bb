INSERT INTO error (project, day, command, kind, one_in, runs, first_in_week)
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
ON CONFLICT (project, day, command, kind, one_in) DO UPDATE SET
  runs = runs + excluded.runs,
  first_in_week = first_in_week + excluded.first_in_week;
