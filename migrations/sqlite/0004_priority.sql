-- What comes first among tasks with as much time left, and which of a run's lists a task belongs to.
ALTER TABLE tasks ADD COLUMN priority INTEGER NOT NULL DEFAULT 50;
ALTER TABLE tasks ADD COLUMN list INTEGER NOT NULL DEFAULT 0;
DROP INDEX tasks_open;
-- In the order of hand-out: soonest deadline first, those without one last, then the urgent, then the oldest.
CREATE INDEX tasks_open ON tasks (actor, coalesce(expires, '9'), -priority, id)
    WHERE status IN ('NEW', 'CLAIMED');
