DELETE FROM notebook
WHERE day < :day;
