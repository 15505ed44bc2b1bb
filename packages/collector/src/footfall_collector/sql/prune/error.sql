DELETE FROM error
WHERE day < :day;
