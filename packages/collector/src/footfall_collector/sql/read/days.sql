SELECT day
FROM activity
WHERE project = :project
ORDER BY day;
