INSERT INTO event_field (project, day, event, field, value, one_in, runs, first_in_week)
SELECT
  json_extract(value, '$[0]'),
  json_extract(value, '$[1]'),
  json_extract(value, '$[2]'),
  json_extract(value, '$[3]'),
  json_extract(value, '$[4]'),
  json_extract(value, '$[5]'),
  json_extract(value, '$[6]'),
  json_extract(value, '$[7]')
FROM json_each(:rows)
WHERE TRUE
ON CONFLICT (project, day, event, field, value, one_in) DO UPDATE SET
  runs = runs + excluded.runs,
  first_in_week = first_in_week + excluded.first_in_week;
