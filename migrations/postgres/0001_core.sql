-- The tables of migrations/sqlite, in PostgreSQL's own types. `tasks`, `events`, `runs` and `audit` are a
-- supported interface. Texts that are searched by prefix or sorted are in the "C" collation: their order is
-- that of their bytes, the same at every server and in SQLite. JSON is `json`, not `jsonb`: it is kept as
-- written, byte for byte.

CREATE TABLE workflows (
    version     text PRIMARY KEY,                    -- SHA-256 of the text
    id          text COLLATE "C" NOT NULL,
    source      text NOT NULL,
    deployed    timestamptz NOT NULL,
    deployed_by text NOT NULL,
    in_force    boolean NOT NULL,                    -- the version new runs begin with
    deployment  bigint NOT NULL                      -- the last deployment that put it in force; nodes ask what is newer
);
CREATE UNIQUE INDEX workflows_in_force ON workflows (id) WHERE in_force;
CREATE INDEX workflows_deployment ON workflows (deployment);

-- How many deployments there were. Its row's lock puts them in one order, at whatever node.
CREATE TABLE deployments (
    one         smallint PRIMARY KEY CHECK (one = 1),
    n           bigint NOT NULL
);
INSERT INTO deployments VALUES (1, 0);

CREATE TABLE events (
    id          uuid PRIMARY KEY,
    source      text COLLATE "C",                    -- with external_id: the sender's own name for it,
    external_id text COLLATE "C",                    -- by which a repeat is known
    name        text NOT NULL,
    payload     json NOT NULL,
    received    timestamptz NOT NULL,
    runs        json NOT NULL                        -- what it started
);
CREATE UNIQUE INDEX events_external ON events (source, external_id) WHERE external_id IS NOT NULL;

CREATE TABLE runs (
    id          uuid PRIMARY KEY,
    workflow    text COLLATE "C" NOT NULL,
    version     text NOT NULL,
    status      text NOT NULL,
    key         text COLLATE "C",                    -- the business key
    event_id    uuid NOT NULL,
    started     timestamptz NOT NULL,
    ended       timestamptz,
    seq         bigint NOT NULL,                     -- commands taken
    stopped     boolean NOT NULL,                    -- while an incident stands
    breached    boolean NOT NULL,                    -- once a deadline was missed
    state       json NOT NULL                        -- all the engine needs to go on
) WITH (fillfactor = 70);                            -- room for the next states beside the first
CREATE INDEX runs_stopped ON runs (id) WHERE stopped;
CREATE INDEX runs_breached ON runs (id) WHERE breached;
CREATE INDEX runs_running ON runs (id) WHERE status = 'RUNNING';
CREATE INDEX runs_cancelled ON runs (id) WHERE status IN ('CANCELLED', 'FAILED');
CREATE INDEX runs_key ON runs (key) WHERE key IS NOT NULL;

CREATE TABLE tasks (
    id          uuid PRIMARY KEY,
    run_id      uuid NOT NULL,
    workflow    text COLLATE "C" NOT NULL,
    step_id     text COLLATE "C" NOT NULL,
    actor       text COLLATE "C" NOT NULL,
    status      text NOT NULL,
    created     timestamptz NOT NULL,
    expires     timestamptz,
    attempt     integer NOT NULL,
    escalated   boolean NOT NULL,
    not_before  timestamptz,
    claimed_by  text,
    claimed_at  timestamptz,
    lease_until timestamptz,
    breached_at timestamptz,
    closed_at   timestamptz,
    closed_by   text,
    input       json,
    result      json,
    error       text,
    priority    smallint NOT NULL,                   -- what comes first among tasks with as much time left
    list        integer NOT NULL                     -- which of the run's lists it belongs to
) WITH (fillfactor = 80);
CREATE INDEX tasks_run ON tasks (run_id);
-- In the order of hand-out: soonest deadline first, those without one last, then the urgent, then the oldest.
CREATE INDEX tasks_open ON tasks (actor, expires, (-priority), id) WHERE status IN ('NEW', 'CLAIMED');
CREATE INDEX tasks_closed_by_people ON tasks (closed_at)
    WHERE closed_at IS NOT NULL AND actor >= 'HUMAN:' AND actor < 'HUMAN;';

CREATE TABLE timers (
    run_id      uuid NOT NULL,
    number      integer NOT NULL,
    due         timestamptz NOT NULL,                -- workflow time
    PRIMARY KEY (run_id, number)
);
CREATE INDEX timers_due ON timers (due);

-- One row for each command a run took, with what it did; replaying the commands gives the state.
CREATE TABLE audit (
    n           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    run_id      uuid,                                -- none for what concerns no run (a deployment, a sign-in)
    seq         bigint,                              -- the run's seq after it
    at          timestamptz NOT NULL,
    who         text NOT NULL,
    version     text,                                -- of the definition
    command     json NOT NULL,
    entries     json NOT NULL                        -- what happened
);
CREATE UNIQUE INDEX audit_run ON audit (run_id, seq) WHERE run_id IS NOT NULL;

-- A report filed by a person: its number, and the hash of its receipt's secret.
CREATE TABLE reports (
    number       text COLLATE "C" PRIMARY KEY,
    receipt_hash text NOT NULL,
    event_id     uuid NOT NULL,
    run_id       uuid NOT NULL,
    filed        timestamptz NOT NULL
);
CREATE UNIQUE INDEX reports_run ON reports (run_id);

-- SLA outcomes by the UTC day they were decided, kept as they happen so that no report counts rows.
CREATE TABLE sla_days (
    workflow    text COLLATE "C" NOT NULL,
    step_id     text COLLATE "C" NOT NULL,
    day         date NOT NULL,
    met         bigint NOT NULL,
    breached    bigint NOT NULL,
    cancelled   bigint NOT NULL,
    PRIMARY KEY (workflow, step_id, day)
) WITH (fillfactor = 50);

-- How long finished tasks with an SLA took: a histogram whose buckets grow by 2 % (see store/histogram.rs).
CREATE TABLE sla_durations (
    workflow    text COLLATE "C" NOT NULL,
    step_id     text COLLATE "C" NOT NULL,
    day         date NOT NULL,
    bucket      bigint NOT NULL,
    n           bigint NOT NULL,
    PRIMARY KEY (workflow, step_id, day, bucket)
) WITH (fillfactor = 50);

-- Workflow time: at wall moment `wall_ms` it was `workflow_ms`, and runs `rate` times as fast since.
CREATE TABLE clock (
    one         smallint PRIMARY KEY CHECK (one = 1),
    wall_ms     bigint NOT NULL,                     -- by this server's own clock, which all nodes go by
    workflow_ms bigint NOT NULL,
    rate        double precision NOT NULL
);

-- The latest moment each node committed; time never runs before the latest of them. A row a node, so that
-- no node's commits wait for another's.
CREATE TABLE clock_latest (
    node        uuid PRIMARY KEY,
    latest_ms   bigint NOT NULL
) WITH (fillfactor = 50);
