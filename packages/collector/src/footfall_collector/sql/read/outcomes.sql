-- An install that changed its release within the week is in one cell of each, so those of one release are how many there
-- are at least: of the releases of which k have sent, the one that stands for the most; where there is none, the one of
-- which the most have sent, which is hidden. The order is whole, so that of equals it is always the same.
SELECT command, outcome, installs, estimate, runs
FROM (
  SELECT
    command,
    outcome,
    SUM(first_in_week) AS installs,
    SUM(first_in_week * one_in) AS estimate,
    SUM(SUM(runs * one_in)) OVER (PARTITION BY command, outcome) AS runs,
    ROW_NUMBER() OVER (
      PARTITION BY command, outcome
      ORDER BY MIN(SUM(first_in_week), :k) DESC, SUM(first_in_week * one_in) DESC, SUM(first_in_week) DESC, release
    ) AS place
  FROM command
  WHERE project = :project AND day BETWEEN :first AND :last
  GROUP BY command, outcome, release
)
WHERE place = 1
ORDER BY command, outcome;
