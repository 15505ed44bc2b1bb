SELECT day, one_in, installs, first_in_week, first_in_month
FROM activity
WHERE project = :project AND day BETWEEN :first AND :last
ORDER BY day;
