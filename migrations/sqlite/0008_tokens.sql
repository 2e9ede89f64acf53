-- The tokens of programs that call the HTTP API. Of a token only its SHA-256 is kept. Times are of the wall
-- clock, in milliseconds since 1970.
CREATE TABLE tokens (
    id            TEXT PRIMARY KEY,
    hash          TEXT NOT NULL UNIQUE,
    name          TEXT NOT NULL,               -- what it is for
    actors        TEXT NOT NULL,               -- JSON: whose tasks it may see and work on
    verbs         TEXT NOT NULL,               -- JSON: what else it may do
    created_ms    INTEGER NOT NULL,
    expires_ms    INTEGER,
    last_used_ms  INTEGER,                     -- to about a minute
    revoked_ms    INTEGER
) STRICT, WITHOUT ROWID;
