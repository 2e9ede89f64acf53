-- Fewer indexes for each run to be written to: see migrations/sqlite/0028_fewer.sql.
DROP INDEX runs_of;
DROP INDEX runs_case;
DROP INDEX runs_key;
CREATE INDEX runs_key ON runs (key, status, workflow, id) WHERE key IS NOT NULL;
-- Which rows are in an index is asked of each row that is written, so what is quickly said is asked first: `substr` goes
-- through a text character by character.
DROP INDEX tasks_open_of;
CREATE INDEX tasks_open_of ON tasks (workflow, actor, status, coalesce(expires, 'infinity'), (-priority), id)
    WHERE closed_at IS NULL AND starts_with(actor, 'HUMAN:');
DROP INDEX tasks_late;
CREATE INDEX tasks_late ON tasks (actor, coalesce(expires, 'infinity'), (-priority), id)
    WHERE (escalated OR breached_at IS NOT NULL) AND closed_at IS NULL AND starts_with(actor, 'HUMAN:');
DROP INDEX tasks_late_of;
CREATE INDEX tasks_late_of ON tasks (workflow, actor, coalesce(expires, 'infinity'), (-priority), id)
    WHERE (escalated OR breached_at IS NOT NULL) AND closed_at IS NULL AND starts_with(actor, 'HUMAN:');
DROP INDEX tasks_held;
CREATE INDEX tasks_held ON tasks (claimed_by, coalesce(expires, 'infinity'), (-priority), id)
    WHERE status = 'CLAIMED' AND starts_with(actor, 'HUMAN:');
DROP INDEX tasks_closed_by_people;
CREATE INDEX tasks_closed_by_people ON tasks (actor, closed_at, id)
    WHERE closed_at IS NOT NULL AND starts_with(actor, 'HUMAN:');
DROP INDEX tasks_closed_of;
CREATE INDEX tasks_closed_of ON tasks (workflow, actor, closed_at, id)
    WHERE closed_at IS NOT NULL AND starts_with(actor, 'HUMAN:');
