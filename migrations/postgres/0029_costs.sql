-- A hand-out costs what it gives: see migrations/sqlite/0029_costs.sql.
DROP INDEX tasks_open;
CREATE INDEX tasks_open ON tasks (actor, status, (CASE WHEN not_before IS NULL THEN 0 ELSE 1 END), coalesce(expires, 'infinity'), (-priority), id)
    WHERE closed_at IS NULL;
CREATE INDEX tasks_waiting ON tasks (actor, not_before, id) WHERE not_before IS NOT NULL AND closed_at IS NULL;
