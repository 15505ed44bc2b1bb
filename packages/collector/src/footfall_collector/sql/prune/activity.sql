DELETE FROM activity
WHERE day < :day;
