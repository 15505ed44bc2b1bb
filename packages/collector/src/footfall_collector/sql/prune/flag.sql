DELETE FROM flag
WHERE day < :day;
