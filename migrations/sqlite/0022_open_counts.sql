-- What is open is counted by these, so far and no further. The third column says whether a task's time counts: 0 where
-- it has none, 1 within it, 2 after it. `status` is there so that a count looks at nothing but the index.
CREATE INDEX tasks_open_at ON tasks (workflow, step_id,
    (CASE WHEN expires IS NULL AND coalesce(instr(clock, '"dormant":true'), 1) > 0 THEN 0
     WHEN breached_at IS NULL THEN 1 ELSE 2 END), status)
    WHERE status IN ('NEW', 'CLAIMED');
CREATE INDEX runs_open_of ON runs (workflow, status) WHERE status = 'RUNNING';
