DELETE FROM event_field
WHERE day < :day;
