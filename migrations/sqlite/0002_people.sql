-- The staff, who is signed in, and who tried in vain. Times here are of the wall clock; those in
-- milliseconds since 1970 are compared, those as text are read by people.

CREATE TABLE people (
    id            TEXT PRIMARY KEY,
    email         TEXT NOT NULL UNIQUE,        -- lower case
    name          TEXT NOT NULL,
    password_hash TEXT NOT NULL,               -- Argon2id, a PHC string
    roles         TEXT NOT NULL,               -- JSON: names as definitions write them after HUMAN:
    created       TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- Of a token only its SHA-256 is kept.
CREATE TABLE sessions (
    token_hash    TEXT PRIMARY KEY,
    person_id     TEXT REFERENCES people (id) ON DELETE CASCADE,
    report        TEXT,                        -- the only report a reporter's session opens
    created_ms    INTEGER NOT NULL,
    last_seen_ms  INTEGER NOT NULL,
    expires_ms    INTEGER NOT NULL,
    CHECK ((person_id IS NULL) <> (report IS NULL))
) STRICT, WITHOUT ROWID;
CREATE INDEX sessions_expires ON sessions (expires_ms);
CREATE INDEX sessions_person ON sessions (person_id) WHERE person_id IS NOT NULL;

-- Wrong tries in a row. The names are pseudonyms made with the server's key: no address is kept.
CREATE TABLE tries (
    name          TEXT PRIMARY KEY,
    wrong         INTEGER NOT NULL,
    last_ms       INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX tries_last ON tries (last_ms);
