-- An SLA is a budget with a clock that can stop: its ledger, the calendars it is counted by, the time
-- to the first claim apart, and the messages its ladder sends.

-- JSON: starts and stops, what was added, which rungs fired. None for a clock that only ran.
ALTER TABLE tasks ADD COLUMN clock TEXT;

CREATE TABLE calendars (
    version     TEXT PRIMARY KEY,              -- SHA-256 of the text
    id          TEXT NOT NULL,
    source      TEXT NOT NULL,
    deployed    TEXT NOT NULL,
    deployed_by TEXT NOT NULL,
    in_force    INTEGER NOT NULL               -- the version deadlines are counted by
) STRICT;
CREATE UNIQUE INDEX calendars_in_force ON calendars (id) WHERE in_force = 1;

-- First claims, by the UTC day they were decided; none where a step has no `accept`.
ALTER TABLE sla_days ADD COLUMN accept_met INTEGER NOT NULL DEFAULT 0;
ALTER TABLE sla_days ADD COLUMN accept_breached INTEGER NOT NULL DEFAULT 0;
ALTER TABLE sla_days ADD COLUMN accept_cancelled INTEGER NOT NULL DEFAULT 0;

-- How long tasks waited for their first claim; buckets as in sla_durations.
CREATE TABLE accept_durations (
    workflow    TEXT NOT NULL,
    step_id     TEXT NOT NULL,
    day         TEXT NOT NULL,
    bucket      INTEGER NOT NULL,
    n           INTEGER NOT NULL,
    PRIMARY KEY (workflow, step_id, day, bucket)
) STRICT, WITHOUT ROWID;

-- What people are to be told, written with what it is about. A notifier sends it and says so.
CREATE TABLE outbox (
    id          TEXT PRIMARY KEY,              -- part of the message's own id, by which a repeat is known
    run_id      TEXT NOT NULL,
    task_id     TEXT NOT NULL,
    workflow    TEXT NOT NULL,
    step_id     TEXT NOT NULL,
    who         TEXT NOT NULL,                 -- JSON: {"holder": …} or {"role": …}
    at_percent  INTEGER NOT NULL,              -- of the task's time
    deadline    TEXT,
    created     TEXT NOT NULL,
    tries       INTEGER NOT NULL DEFAULT 0,
    next_ms     INTEGER NOT NULL DEFAULT 0,    -- not tried again before; wall clock, milliseconds since 1970
    closed      TEXT                           -- when all were told, or it was given up; wall clock
) STRICT, WITHOUT ROWID;
CREATE INDEX outbox_open ON outbox (next_ms) WHERE closed IS NULL;

-- Who was told, each at most once.
CREATE TABLE outbox_sent (
    outbox_id   TEXT NOT NULL,
    person_id   TEXT NOT NULL,
    sent        TEXT NOT NULL,                 -- wall clock
    PRIMARY KEY (outbox_id, person_id)
) STRICT, WITHOUT ROWID;
