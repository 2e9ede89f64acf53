-- Runs of a workflow are found in the indexes of those that go on, that came to their end and that ended badly: each
-- is in one of them.
DROP INDEX runs_of;
-- One index finds runs by the beginning of their key, and those of a key that go on.
DROP INDEX runs_case;
DROP INDEX runs_key;
CREATE INDEX runs_key ON runs (key, status, workflow, id) WHERE key IS NOT NULL;
-- Which rows are in an index is asked of each row that is written, so what is seldom so is asked first.
DROP INDEX tasks_late;
CREATE INDEX tasks_late ON tasks (actor, coalesce(expires, '9'), -priority, id, closed_at, escalated, breached_at)
    WHERE (escalated = 1 OR breached_at IS NOT NULL) AND closed_at IS NULL AND substr(actor, 1, 6) = 'HUMAN:';
DROP INDEX tasks_late_of;
CREATE INDEX tasks_late_of ON tasks (workflow, actor, coalesce(expires, '9'), -priority, id, closed_at, escalated, breached_at)
    WHERE (escalated = 1 OR breached_at IS NOT NULL) AND closed_at IS NULL AND substr(actor, 1, 6) = 'HUMAN:';
