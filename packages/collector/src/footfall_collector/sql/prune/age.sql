DELETE FROM age
WHERE week < :week;
