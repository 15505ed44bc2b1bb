SELECT value, SUM(first_in_week), SUM(first_in_week * one_in)
FROM environment
WHERE project = :project AND day BETWEEN :first AND :last AND field = :field
GROUP BY value;
