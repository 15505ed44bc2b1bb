-- An install that changed its release within the week is in one cell of each: the largest is how many there are at least.
SELECT command, outcome, MAX(installs), SUM(runs)
FROM (
  SELECT command, outcome, release, SUM(first_in_week) AS installs, SUM(runs) AS runs
  FROM command
  WHERE project = :project AND day BETWEEN :first AND :last
  GROUP BY command, outcome, release
)
GROUP BY command, outcome;
