SELECT command, kind, SUM(first_in_week), SUM(first_in_week * one_in), SUM(runs * one_in)
FROM error
WHERE project = :project AND day BETWEEN :first AND :last
GROUP BY command, kind;
