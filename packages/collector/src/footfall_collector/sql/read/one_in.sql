-- For how many installs one stands, at least and at most, that has sent anything in these days: the parts of an install
-- come one by one, so all tables are asked.
SELECT COALESCE(MIN(one_in), 1), COALESCE(MAX(one_in), 1)
FROM (
  SELECT one_in FROM activity WHERE project = :project AND day BETWEEN :first AND :last
  UNION
  SELECT one_in FROM environment WHERE project = :project AND day BETWEEN :first AND :last
  UNION
  SELECT one_in FROM command WHERE project = :project AND day BETWEEN :first AND :last
  UNION
  SELECT one_in FROM command_install WHERE project = :project AND day BETWEEN :first AND :last
  UNION
  SELECT one_in FROM flag WHERE project = :project AND day BETWEEN :first AND :last
  UNION
  SELECT one_in FROM duration WHERE project = :project AND day BETWEEN :first AND :last
  UNION
  SELECT one_in FROM error WHERE project = :project AND day BETWEEN :first AND :last
  UNION
  SELECT one_in FROM notebook WHERE project = :project AND day BETWEEN :first AND :last
);
