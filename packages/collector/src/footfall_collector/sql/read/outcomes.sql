-- An install that changed its release within the week is in one cell of each: the largest is how many there are at least.
-- Beside the one MAX, SQLite takes ``estimate`` from the row that has it: what is told is told of those that k is asked of.
SELECT command, outcome, MAX(installs), estimate, SUM(runs)
FROM (
  SELECT
    command,
    outcome,
    release,
    SUM(first_in_week) AS installs,
    SUM(first_in_week * one_in) AS estimate,
    SUM(runs * one_in) AS runs
  FROM command
  WHERE project = :project AND day BETWEEN :first AND :last
  GROUP BY command, outcome, release
)
GROUP BY command, outcome;
