-- Lists and counts stay fast with very many open cases. The tasks of an actor are in an index by their state, so that no list
-- passes over what it does not show; what is open is told by `closed_at`, since a condition on `status` twice would keep SQLite
-- from the order. The last columns are there so that a count looks at nothing but the index.
DROP INDEX tasks_open;
CREATE INDEX tasks_open ON tasks (actor, status, coalesce(expires, '9'), -priority, id, not_before, closed_at)
    WHERE closed_at IS NULL;
DROP INDEX tasks_open_of;
CREATE INDEX tasks_open_of ON tasks (workflow, actor, status, coalesce(expires, '9'), -priority, id, closed_at)
    WHERE closed_at IS NULL AND substr(actor, 1, 6) = 'HUMAN:';
-- What was escalated or is past its deadline, by role, and by role and workflow.
CREATE INDEX tasks_late ON tasks (actor, coalesce(expires, '9'), -priority, id, closed_at, escalated, breached_at)
    WHERE closed_at IS NULL AND substr(actor, 1, 6) = 'HUMAN:' AND (escalated = 1 OR breached_at IS NOT NULL);
CREATE INDEX tasks_late_of ON tasks (workflow, actor, coalesce(expires, '9'), -priority, id, closed_at, escalated, breached_at)
    WHERE closed_at IS NULL AND substr(actor, 1, 6) = 'HUMAN:' AND (escalated = 1 OR breached_at IS NOT NULL);
-- What somebody has.
CREATE INDEX tasks_held ON tasks (claimed_by, coalesce(expires, '9'), -priority, id, actor, workflow, status)
    WHERE status = 'CLAIMED' AND substr(actor, 1, 6) = 'HUMAN:';
-- What people closed, by role: those of a role that closes few are not looked for among all others'.
DROP INDEX tasks_closed_by_people;
CREATE INDEX tasks_closed_by_people ON tasks (actor, closed_at, id)
    WHERE closed_at IS NOT NULL AND substr(actor, 1, 6) = 'HUMAN:';
DROP INDEX tasks_closed_of;
CREATE INDEX tasks_closed_of ON tasks (workflow, actor, closed_at, id)
    WHERE closed_at IS NOT NULL AND substr(actor, 1, 6) = 'HUMAN:';

-- Runs by what they are looked for by, of each workflow the newest. Those that go on are in `runs_open_of` already.
DROP INDEX runs_running;
DROP INDEX runs_stopped;
CREATE INDEX runs_stopped ON runs (workflow, id) WHERE stopped = 1;
DROP INDEX runs_breached;
CREATE INDEX runs_breached ON runs (workflow, id) WHERE breached = 1;
DROP INDEX runs_waits_human;
CREATE INDEX runs_waits_human ON runs (workflow, id) WHERE waits_human = 1;
DROP INDEX runs_waits_timer;
CREATE INDEX runs_waits_timer ON runs (workflow, id) WHERE waits_timer = 1;
DROP INDEX runs_stuck;
CREATE INDEX runs_stuck ON runs (workflow, id) WHERE stuck = 1;
DROP INDEX runs_cancelled;
CREATE INDEX runs_cancelled ON runs (workflow, id) WHERE status IN ('CANCELLED', 'FAILED');
CREATE INDEX runs_completed ON runs (workflow, id) WHERE status = 'COMPLETED';
