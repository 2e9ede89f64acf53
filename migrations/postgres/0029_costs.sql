-- A hand-out costs what it gives, and who looks for runs of one version reads no others: see migrations/sqlite/0029_costs.sql. What
-- that one says of keys does not hold here: where a status changes every index of the row is written to, whatever its columns.
DROP INDEX tasks_open;
CREATE INDEX tasks_open ON tasks (actor, status, (CASE WHEN not_before IS NULL THEN 0 ELSE 1 END), coalesce(expires, 'infinity'), (-priority), id)
    WHERE closed_at IS NULL;
CREATE INDEX tasks_waiting ON tasks (actor, not_before, id) WHERE not_before IS NOT NULL AND closed_at IS NULL;
DROP INDEX runs_open_of;
CREATE INDEX runs_open_of ON runs (workflow, id, version) WHERE status = 'RUNNING';
