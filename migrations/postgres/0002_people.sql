-- The staff, who is signed in, and who tried in vain. Times here are of the wall clock; those in
-- milliseconds since 1970 are compared, those as timestamps are read by people.

CREATE TABLE people (
    id            uuid PRIMARY KEY,
    email         text NOT NULL UNIQUE,              -- lower case
    name          text NOT NULL,
    password_hash text NOT NULL,                     -- Argon2id, a PHC string
    roles         text[] NOT NULL,                   -- names as definitions write them after HUMAN:
    created       timestamptz NOT NULL
);

-- Of a token only its SHA-256 is kept.
CREATE TABLE sessions (
    token_hash    text PRIMARY KEY,
    person_id     uuid REFERENCES people (id) ON DELETE CASCADE,
    report        text,                              -- the only report a reporter's session opens
    created_ms    bigint NOT NULL,
    last_seen_ms  bigint NOT NULL,
    expires_ms    bigint NOT NULL,
    CHECK ((person_id IS NULL) <> (report IS NULL))
);
CREATE INDEX sessions_expires ON sessions (expires_ms);
CREATE INDEX sessions_person ON sessions (person_id) WHERE person_id IS NOT NULL;

-- Wrong tries in a row. The names are pseudonyms made with the server's key: no address is kept.
CREATE TABLE tries (
    name          text PRIMARY KEY,
    wrong         bigint NOT NULL,
    last_ms       bigint NOT NULL
);
CREATE INDEX tries_last ON tries (last_ms);
