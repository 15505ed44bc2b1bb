SELECT DISTINCT day
FROM activity
WHERE project = :project
ORDER BY day;
