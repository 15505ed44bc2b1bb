DELETE FROM command
WHERE day < :day;
