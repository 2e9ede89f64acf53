-- Who polls for which actor. Kept for people to look at; no decision depends on it.
CREATE TABLE workers (
    actor       TEXT NOT NULL,                 -- or a pattern with a trailing *
    worker      TEXT NOT NULL,
    version     TEXT,
    last_seen   TEXT NOT NULL,                 -- wall clock
    done        INTEGER NOT NULL,
    failed      INTEGER NOT NULL,
    PRIMARY KEY (actor, worker)
) STRICT, WITHOUT ROWID;
CREATE INDEX workers_seen ON workers (last_seen);
