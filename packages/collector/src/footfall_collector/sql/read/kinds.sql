-- Which kinds of use a project has ever reported.
SELECT 'commands'
WHERE EXISTS (SELECT 1 FROM command WHERE project = :project)
UNION ALL
SELECT 'notebooks'
WHERE EXISTS (SELECT 1 FROM notebook WHERE project = :project);
