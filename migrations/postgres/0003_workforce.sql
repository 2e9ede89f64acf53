-- Who polls for which actor. Kept for people to look at; no decision depends on it.
CREATE TABLE workers (
    actor       text COLLATE "C" NOT NULL,           -- or a pattern with a trailing *
    worker      text COLLATE "C" NOT NULL,
    version     text,
    last_seen   timestamptz NOT NULL,                -- wall clock
    done        bigint NOT NULL,
    failed      bigint NOT NULL,
    PRIMARY KEY (actor, worker)
);
CREATE INDEX workers_seen ON workers (last_seen);
