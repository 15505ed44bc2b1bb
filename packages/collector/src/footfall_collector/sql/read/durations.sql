SELECT command, bucket, SUM(first_in_week), SUM(first_in_week * one_in), SUM(runs * one_in)
FROM duration
WHERE project = :project AND day BETWEEN :first AND :last
GROUP BY command, bucket;
