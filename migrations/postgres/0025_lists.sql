-- Lists and counts stay fast with very many open cases: see migrations/sqlite/0025_lists.sql.
DROP INDEX tasks_open;
CREATE INDEX tasks_open ON tasks (actor, status, coalesce(expires, 'infinity'), (-priority), id)
    WHERE closed_at IS NULL;
DROP INDEX tasks_open_of;
CREATE INDEX tasks_open_of ON tasks (workflow, actor, status, coalesce(expires, 'infinity'), (-priority), id)
    WHERE closed_at IS NULL AND substr(actor, 1, 6) = 'HUMAN:';
CREATE INDEX tasks_late ON tasks (actor, coalesce(expires, 'infinity'), (-priority), id)
    WHERE closed_at IS NULL AND substr(actor, 1, 6) = 'HUMAN:' AND (escalated OR breached_at IS NOT NULL);
CREATE INDEX tasks_late_of ON tasks (workflow, actor, coalesce(expires, 'infinity'), (-priority), id)
    WHERE closed_at IS NULL AND substr(actor, 1, 6) = 'HUMAN:' AND (escalated OR breached_at IS NOT NULL);
CREATE INDEX tasks_held ON tasks (claimed_by, coalesce(expires, 'infinity'), (-priority), id)
    WHERE status = 'CLAIMED' AND substr(actor, 1, 6) = 'HUMAN:';
DROP INDEX tasks_closed_by_people;
CREATE INDEX tasks_closed_by_people ON tasks (actor, closed_at, id)
    WHERE closed_at IS NOT NULL AND substr(actor, 1, 6) = 'HUMAN:';
DROP INDEX tasks_closed_of;
CREATE INDEX tasks_closed_of ON tasks (workflow, actor, closed_at, id)
    WHERE closed_at IS NOT NULL AND substr(actor, 1, 6) = 'HUMAN:';

DROP INDEX runs_running;
DROP INDEX runs_open_of;
CREATE INDEX runs_open_of ON runs (workflow, id) WHERE status = 'RUNNING';
DROP INDEX runs_stopped;
CREATE INDEX runs_stopped ON runs (workflow, id) WHERE stopped;
DROP INDEX runs_breached;
CREATE INDEX runs_breached ON runs (workflow, id) WHERE breached;
DROP INDEX runs_waits_human;
CREATE INDEX runs_waits_human ON runs (workflow, id) WHERE waits_human;
DROP INDEX runs_waits_timer;
CREATE INDEX runs_waits_timer ON runs (workflow, id) WHERE waits_timer;
DROP INDEX runs_stuck;
CREATE INDEX runs_stuck ON runs (workflow, id) WHERE stuck;
DROP INDEX runs_cancelled;
CREATE INDEX runs_cancelled ON runs (workflow, id) WHERE status IN ('CANCELLED', 'FAILED');
CREATE INDEX runs_completed ON runs (workflow, id) WHERE status = 'COMPLETED';
