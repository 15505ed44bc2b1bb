SELECT command, flag, SUM(first_in_week), SUM(runs)
FROM flag
WHERE project = :project AND day BETWEEN :first AND :last
GROUP BY command, flag;
