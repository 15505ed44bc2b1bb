SELECT command, bucket, SUM(first_in_week), SUM(runs)
FROM duration
WHERE project = :project AND day BETWEEN :first AND :last
GROUP BY command, bucket;
