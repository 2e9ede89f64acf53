-- The tables that every change of a run writes, in one transaction.
-- Ids are UUIDs as text and times RFC 3339 UTC with milliseconds, so that `SELECT` in sqlite3 reads well
-- and text order is time order. `tasks`, `events`, `runs` and `audit` are a supported interface.

CREATE TABLE workflows (
    version     TEXT PRIMARY KEY,              -- SHA-256 of the text
    id          TEXT NOT NULL,
    source      TEXT NOT NULL,
    deployed    TEXT NOT NULL,
    deployed_by TEXT NOT NULL,
    in_force    INTEGER NOT NULL               -- the version new runs begin with
) STRICT;
CREATE UNIQUE INDEX workflows_in_force ON workflows (id) WHERE in_force = 1;

CREATE TABLE events (
    id          TEXT PRIMARY KEY,
    source      TEXT,                          -- with external_id: the sender's own name for it,
    external_id TEXT,                          -- by which a repeat is known
    name        TEXT NOT NULL,
    payload     TEXT NOT NULL,                 -- JSON
    received    TEXT NOT NULL,
    runs        TEXT NOT NULL                  -- JSON: what it started
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX events_external ON events (source, external_id) WHERE external_id IS NOT NULL;

CREATE TABLE runs (
    id          TEXT PRIMARY KEY,
    workflow    TEXT NOT NULL,
    version     TEXT NOT NULL,
    status      TEXT NOT NULL,
    key         TEXT,                          -- the business key
    event_id    TEXT NOT NULL,
    started     TEXT NOT NULL,
    ended       TEXT,
    seq         INTEGER NOT NULL,              -- commands taken
    stopped     INTEGER NOT NULL,              -- 1 while an incident stands
    breached    INTEGER NOT NULL,              -- 1 once a deadline was missed
    state       TEXT NOT NULL                  -- JSON: all the engine needs to go on
) STRICT, WITHOUT ROWID;
CREATE INDEX runs_stopped ON runs (id) WHERE stopped = 1;
CREATE INDEX runs_breached ON runs (id) WHERE breached = 1;
CREATE INDEX runs_running ON runs (id) WHERE status = 'RUNNING';
CREATE INDEX runs_cancelled ON runs (id) WHERE status IN ('CANCELLED', 'FAILED');
CREATE INDEX runs_key ON runs (key) WHERE key IS NOT NULL;

CREATE TABLE tasks (
    id          TEXT PRIMARY KEY,
    run_id      TEXT NOT NULL,
    workflow    TEXT NOT NULL,
    step_id     TEXT NOT NULL,
    actor       TEXT NOT NULL,
    status      TEXT NOT NULL,
    created     TEXT NOT NULL,
    expires     TEXT,
    attempt     INTEGER NOT NULL,
    escalated   INTEGER NOT NULL,
    not_before  TEXT,
    claimed_by  TEXT,
    claimed_at  TEXT,
    lease_until TEXT,
    breached_at TEXT,
    closed_at   TEXT,
    closed_by   TEXT,
    input       TEXT,                          -- JSON
    result      TEXT,                          -- JSON
    error       TEXT
) STRICT, WITHOUT ROWID;
CREATE INDEX tasks_run ON tasks (run_id);
-- In the order of hand-out: soonest deadline first, those without one last, then the oldest.
CREATE INDEX tasks_open ON tasks (actor, coalesce(expires, '9'), id) WHERE status IN ('NEW', 'CLAIMED');
CREATE INDEX tasks_closed_by_people ON tasks (closed_at)
    WHERE closed_at IS NOT NULL AND actor >= 'HUMAN:' AND actor < 'HUMAN;';

CREATE TABLE timers (
    run_id      TEXT NOT NULL,
    number      INTEGER NOT NULL,
    due_ms      INTEGER NOT NULL,              -- workflow time, milliseconds since 1970
    PRIMARY KEY (run_id, number)
) STRICT, WITHOUT ROWID;
CREATE INDEX timers_due ON timers (due_ms);

-- One row for each command a run took, with what it did; replaying the commands gives the state.
CREATE TABLE audit (
    n           INTEGER PRIMARY KEY,
    run_id      TEXT,                          -- none for what concerns no run (a deployment, a sign-in)
    seq         INTEGER,                       -- the run's seq after it
    at          TEXT NOT NULL,
    who         TEXT NOT NULL,
    version     TEXT,                          -- of the definition
    command     TEXT NOT NULL,                 -- JSON
    entries     TEXT NOT NULL                  -- JSON: what happened
) STRICT;
CREATE UNIQUE INDEX audit_run ON audit (run_id, seq) WHERE run_id IS NOT NULL;

-- A report filed by a person: its number, and the hash of its receipt's secret.
CREATE TABLE reports (
    number       TEXT PRIMARY KEY,
    receipt_hash TEXT NOT NULL,
    event_id     TEXT NOT NULL,
    run_id       TEXT NOT NULL,
    filed        TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX reports_run ON reports (run_id);

-- SLA outcomes by the UTC day they were decided, kept as they happen so that no report counts rows.
CREATE TABLE sla_days (
    workflow    TEXT NOT NULL,
    step_id     TEXT NOT NULL,
    day         TEXT NOT NULL,
    met         INTEGER NOT NULL,
    breached    INTEGER NOT NULL,
    cancelled   INTEGER NOT NULL,
    PRIMARY KEY (workflow, step_id, day)
) STRICT, WITHOUT ROWID;

-- How long finished tasks with an SLA took: a histogram whose buckets grow by 2 % (see store/histogram.rs).
CREATE TABLE sla_durations (
    workflow    TEXT NOT NULL,
    step_id     TEXT NOT NULL,
    day         TEXT NOT NULL,
    bucket      INTEGER NOT NULL,
    n           INTEGER NOT NULL,
    PRIMARY KEY (workflow, step_id, day, bucket)
) STRICT, WITHOUT ROWID;

-- Workflow time: at wall moment `wall_ms` it was `workflow_ms`, and runs `rate` times as fast since.
CREATE TABLE clock (
    one         INTEGER PRIMARY KEY CHECK (one = 1),
    wall_ms     INTEGER NOT NULL,
    workflow_ms INTEGER NOT NULL,
    rate        REAL NOT NULL,
    latest_ms   INTEGER NOT NULL               -- the latest moment committed; time never runs before it
) STRICT;
