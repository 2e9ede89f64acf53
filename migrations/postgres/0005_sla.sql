-- The tables and columns of migrations/sqlite/0005_sla.sql.

ALTER TABLE tasks ADD COLUMN clock json;             -- starts and stops, what was added, which rungs fired

CREATE TABLE calendars (
    version     text PRIMARY KEY,                    -- SHA-256 of the text
    id          text COLLATE "C" NOT NULL,
    source      text NOT NULL,
    deployed    timestamptz NOT NULL,
    deployed_by text NOT NULL,
    in_force    boolean NOT NULL,                    -- the version deadlines are counted by
    deployment  bigint NOT NULL                      -- as in workflows
);
CREATE UNIQUE INDEX calendars_in_force ON calendars (id) WHERE in_force;
CREATE INDEX calendars_deployment ON calendars (deployment);

-- First claims, by the UTC day they were decided; none where a step has no `accept`.
ALTER TABLE sla_days ADD COLUMN accept_met bigint NOT NULL DEFAULT 0;
ALTER TABLE sla_days ADD COLUMN accept_breached bigint NOT NULL DEFAULT 0;
ALTER TABLE sla_days ADD COLUMN accept_cancelled bigint NOT NULL DEFAULT 0;

-- How long tasks waited for their first claim; buckets as in sla_durations.
CREATE TABLE accept_durations (
    workflow    text COLLATE "C" NOT NULL,
    step_id     text COLLATE "C" NOT NULL,
    day         date NOT NULL,
    bucket      bigint NOT NULL,
    n           bigint NOT NULL,
    PRIMARY KEY (workflow, step_id, day, bucket)
) WITH (fillfactor = 50);

-- What people are to be told, written with what it is about. A notifier sends it and says so.
CREATE TABLE outbox (
    id          uuid PRIMARY KEY,                    -- part of the message's own id, by which a repeat is known
    run_id      uuid NOT NULL,
    task_id     uuid NOT NULL,
    workflow    text COLLATE "C" NOT NULL,
    step_id     text COLLATE "C" NOT NULL,
    who         json NOT NULL,                       -- {"holder": …} or {"role": …}
    at_percent  integer NOT NULL,                    -- of the task's time
    deadline    timestamptz,
    created     timestamptz NOT NULL,
    tries       integer NOT NULL DEFAULT 0,
    next_ms     bigint NOT NULL DEFAULT 0,           -- not tried again before; wall clock, milliseconds since 1970
    closed      timestamptz                          -- when all were told, or it was given up; wall clock
);
CREATE INDEX outbox_open ON outbox (next_ms) WHERE closed IS NULL;

-- Who was told, each at most once.
CREATE TABLE outbox_sent (
    outbox_id   uuid NOT NULL,
    person_id   uuid NOT NULL,
    sent        timestamptz NOT NULL,                -- wall clock
    PRIMARY KEY (outbox_id, person_id)
);
