SELECT week, age, one_in, installs
FROM age
WHERE project = :project AND week BETWEEN :first AND :last
ORDER BY week;
