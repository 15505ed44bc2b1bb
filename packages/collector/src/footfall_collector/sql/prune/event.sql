DELETE FROM event
WHERE day < :day;
