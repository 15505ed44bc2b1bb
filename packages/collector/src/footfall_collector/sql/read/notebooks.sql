SELECT list, word, SUM(first_in_week), SUM(n)
FROM notebook
WHERE project = :project AND day BETWEEN :first AND :last
GROUP BY list, word;
