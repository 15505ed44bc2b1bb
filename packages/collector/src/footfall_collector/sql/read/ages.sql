SELECT week, age, installs
FROM age
WHERE project = :project AND week BETWEEN :first AND :last
ORDER BY week;
