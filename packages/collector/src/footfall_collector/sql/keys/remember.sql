WITH RECURSIVE at (n) AS (
  SELECT 0
  UNION ALL
  SELECT n + 1 FROM at WHERE n + 1 < :count
)
INSERT INTO seen_key (hash, day)
SELECT substr(:hashes, 32 * n + 1, 32), :day
FROM at;
