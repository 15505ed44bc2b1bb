SELECT command, SUM(first_in_week)
FROM command_install
WHERE project = :project AND day BETWEEN :first AND :last
GROUP BY command;
