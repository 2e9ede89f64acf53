-- What a run waits for, and whether anything in it still moves by itself: see migrations/sqlite/0011_waiting.sql.
ALTER TABLE runs ADD COLUMN waits_human boolean NOT NULL DEFAULT false;  -- while a person is to do something
ALTER TABLE runs ADD COLUMN waits_timer boolean NOT NULL DEFAULT false;  -- while it waits for a moment
ALTER TABLE runs ADD COLUMN stuck boolean NOT NULL DEFAULT false;        -- while all that is left of it has stopped

UPDATE runs SET
    waits_human = EXISTS (SELECT 1 FROM json_array_elements(state -> 'tasks') t
        WHERE t ->> 'actor' LIKE 'HUMAN:%'),
    waits_timer = EXISTS (SELECT 1 FROM json_array_elements(state -> 'timers') t
        WHERE t ->> 'kind' IN ('wake', 'next_attempt'))
WHERE status = 'RUNNING';

UPDATE runs SET stuck = true WHERE stopped AND NOT EXISTS (
    SELECT 1 FROM json_array_elements(state -> 'lists') WITH ORDINALITY AS l (list, n)
    WHERE NOT EXISTS (SELECT 1 FROM json_array_elements(state -> 'lists') o
        WHERE o -> 'inside' ->> 'parent' = l.list ->> 'number')
    AND NOT EXISTS (SELECT 1 FROM json_array_elements(state -> 'incidents') i
        WHERE i ->> 'list' = l.list ->> 'number'
        OR (l.n = 1 AND coalesce(i ->> 'list', '0') = '0')));

CREATE INDEX runs_waits_human ON runs (id) WHERE waits_human;
CREATE INDEX runs_waits_timer ON runs (id) WHERE waits_timer;
CREATE INDEX runs_stuck ON runs (id) WHERE stuck;

ALTER TABLE people ADD COLUMN language text;         -- a person of the staff is written to in it: en or es

-- What people were told about a task, for the task's page.
CREATE INDEX outbox_task ON outbox (task_id);
