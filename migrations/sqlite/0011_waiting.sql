-- What a run waits for, and whether anything in it still moves by itself; written with its state, so that
-- lists of runs are read from indexes.
ALTER TABLE runs ADD COLUMN waits_human INTEGER NOT NULL DEFAULT 0;  -- 1 while a person is to do something
ALTER TABLE runs ADD COLUMN waits_timer INTEGER NOT NULL DEFAULT 0;  -- 1 while it waits for a moment: a wait, or a next attempt
ALTER TABLE runs ADD COLUMN stuck INTEGER NOT NULL DEFAULT 0;        -- 1 while all that is left of it has stopped at incidents

UPDATE runs SET
    waits_human = EXISTS (SELECT 1 FROM json_each(runs.state, '$.tasks') t
        WHERE t.value ->> '$.actor' LIKE 'HUMAN:%'),
    waits_timer = EXISTS (SELECT 1 FROM json_each(runs.state, '$.timers') t
        WHERE t.value ->> '$.kind' IN ('wake', 'next_attempt'))
WHERE status = 'RUNNING';

-- No list without lists of its own that an incident has not stopped.
UPDATE runs SET stuck = 1 WHERE stopped = 1 AND NOT EXISTS (
    SELECT 1 FROM json_each(runs.state, '$.lists') l
    WHERE NOT EXISTS (SELECT 1 FROM json_each(runs.state, '$.lists') o
        WHERE o.value ->> '$.inside.parent' = l.value ->> '$.number')
    AND NOT EXISTS (SELECT 1 FROM json_each(runs.state, '$.incidents') i
        WHERE i.value ->> '$.list' = l.value ->> '$.number'
        OR (l.key = 0 AND coalesce(i.value ->> '$.list', 0) = 0)));

CREATE INDEX runs_waits_human ON runs (id) WHERE waits_human = 1;
CREATE INDEX runs_waits_timer ON runs (id) WHERE waits_timer = 1;
CREATE INDEX runs_stuck ON runs (id) WHERE stuck = 1;

-- The language a person of the staff is written to in: en or es. None where nobody said.
ALTER TABLE people ADD COLUMN language TEXT;

-- What people were told about a task, for the task's page.
CREATE INDEX outbox_task ON outbox (task_id);
