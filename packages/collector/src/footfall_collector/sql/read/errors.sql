SELECT command, kind, SUM(first_in_week), SUM(runs)
FROM error
WHERE project = :project AND day BETWEEN :first AND :last
GROUP BY command, kind;
