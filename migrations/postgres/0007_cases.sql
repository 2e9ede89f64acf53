-- Events into running cases, and runs that call each other: see migrations/sqlite/0007_cases.sql.
ALTER TABLE events ADD COLUMN reached json NOT NULL DEFAULT '[]';  -- the running cases it was given to

CREATE INDEX runs_case ON runs (workflow, key, id) WHERE status = 'RUNNING' AND key IS NOT NULL;

CREATE TABLE waits (
    run_id      uuid NOT NULL,
    event       text COLLATE "C" NOT NULL,
    address     text COLLATE "C" NOT NULL,
    PRIMARY KEY (run_id, event, address)
);
CREATE INDEX waits_event ON waits (event, address, run_id);

ALTER TABLE runs ADD COLUMN parent uuid;                           -- the run that called this one
CREATE INDEX runs_parent ON runs (parent, id) WHERE parent IS NOT NULL;
