-- The tokens of programs that call the HTTP API. Of a token only its SHA-256 is kept. Times are of the wall
-- clock, in milliseconds since 1970.
CREATE TABLE tokens (
    id            uuid PRIMARY KEY,
    hash          text NOT NULL UNIQUE,
    name          text NOT NULL,               -- what it is for
    actors        text NOT NULL,               -- JSON: whose tasks it may see and work on
    verbs         text NOT NULL,               -- JSON: what else it may do
    created_ms    bigint NOT NULL,
    expires_ms    bigint,
    last_used_ms  bigint,                     -- to about a minute
    revoked_ms    bigint
);
