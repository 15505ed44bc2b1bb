SELECT command, flag, SUM(first_in_week), SUM(first_in_week * one_in), SUM(runs * one_in)
FROM flag
WHERE project = :project AND day BETWEEN :first AND :last
GROUP BY command, flag;
