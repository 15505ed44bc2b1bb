-- For how many installs one stands at most that has sent in these days.
SELECT COALESCE(MAX(one_in), 1)
FROM activity
WHERE project = :project AND day BETWEEN :first AND :last;
