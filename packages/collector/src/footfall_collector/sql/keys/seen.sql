-- Numbers, counted from 0, of those among :count hashes of 32 bytes in :hashes that are in the table.
WITH RECURSIVE at (n) AS (
  SELECT 0
  UNION ALL
  SELECT n + 1 FROM at WHERE n + 1 < :count
)
SELECT json_group_array(n)
FROM at
WHERE EXISTS (SELECT 1 FROM seen_key WHERE hash = substr(:hashes, 32 * n + 1, 32));
