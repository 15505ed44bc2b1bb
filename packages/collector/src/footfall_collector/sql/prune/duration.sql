DELETE FROM duration
WHERE day < :day;
