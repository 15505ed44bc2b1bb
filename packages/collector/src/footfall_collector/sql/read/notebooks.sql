SELECT list, word, SUM(first_in_week), SUM(first_in_week * one_in), SUM(n * one_in), SUM(n)
FROM notebook
WHERE project = :project AND day BETWEEN :first AND :last
GROUP BY list, word;
