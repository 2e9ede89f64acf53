-- Who has a role for one workflow only sees the tasks and runs of that one: each list is a walk down an index and
-- not a search through everybody's. Only people's tasks are in them, so the work of programs costs nothing more.
CREATE INDEX tasks_open_of ON tasks (workflow, actor, coalesce(expires, '9'), -priority, id)
    WHERE status IN ('NEW', 'CLAIMED') AND substr(actor, 1, 6) = 'HUMAN:';
CREATE INDEX tasks_closed_of ON tasks (workflow, actor, closed_at)
    WHERE closed_at IS NOT NULL AND substr(actor, 1, 6) = 'HUMAN:';
CREATE INDEX runs_of ON runs (workflow, id);
