-- What a role for one workflow only sees: see migrations/sqlite/0017_reach.sql.
CREATE INDEX tasks_open_of ON tasks (workflow, actor, expires, (-priority), id)
    WHERE status IN ('NEW', 'CLAIMED') AND substr(actor, 1, 6) = 'HUMAN:';
CREATE INDEX tasks_closed_of ON tasks (workflow, actor, closed_at)
    WHERE closed_at IS NOT NULL AND substr(actor, 1, 6) = 'HUMAN:';
CREATE INDEX runs_of ON runs (workflow, id);
