-- How many installs a bucket has is not reported: its runs stand in for them.
SELECT command, bucket, SUM(runs), SUM(runs)
FROM duration
WHERE project = :project AND day BETWEEN :first AND :last
GROUP BY command, bucket;
