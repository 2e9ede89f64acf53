-- Events into running cases: what an event reached, and by what the waiting runs are found.
ALTER TABLE events ADD COLUMN reached TEXT NOT NULL DEFAULT '[]';   -- JSON: the running cases it was given to

-- By business key, for waits without `match`.
CREATE INDEX runs_case ON runs (workflow, key, id) WHERE status = 'RUNNING' AND key IS NOT NULL;

-- By what a `match` compares, for the others: the field of the event and the value it must have;
-- '' where every event of the name has to be asked.
CREATE TABLE waits (
    run_id      TEXT NOT NULL,
    event       TEXT NOT NULL,
    address     TEXT NOT NULL,
    PRIMARY KEY (run_id, event, address)
) STRICT, WITHOUT ROWID;
CREATE INDEX waits_event ON waits (event, address, run_id);

-- The run that called this one.
ALTER TABLE runs ADD COLUMN parent TEXT;
CREATE INDEX runs_parent ON runs (parent, id) WHERE parent IS NOT NULL;
