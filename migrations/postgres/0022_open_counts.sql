-- What is open is counted by these, so far and no further. The third column says whether a task's time counts: 0 where
-- it has none, 1 within it, 2 after it.
CREATE INDEX tasks_open_at ON tasks (workflow, step_id,
    (CASE WHEN expires IS NULL AND (clock IS NULL OR clock ->> 'dormant' = 'true') THEN 0
     WHEN breached_at IS NULL THEN 1 ELSE 2 END))
    WHERE status IN ('NEW', 'CLAIMED');
CREATE INDEX runs_open_of ON runs (workflow) WHERE status = 'RUNNING';
