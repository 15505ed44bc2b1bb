DELETE FROM environment
WHERE day < :day;
