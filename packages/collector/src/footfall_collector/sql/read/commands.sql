SELECT command, SUM(first_in_week), SUM(first_in_week * one_in)
FROM command_install
WHERE project = :project AND day BETWEEN :first AND :last
GROUP BY command;
