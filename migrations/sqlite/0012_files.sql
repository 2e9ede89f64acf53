-- Files that people and programs hand in. One belongs to nobody's case until a report, an event or a decision
-- names it; then `run_id` says whose, in that very transaction. Times are of the wall clock, in milliseconds
-- since 1970.
CREATE TABLE files (
    id          TEXT PRIMARY KEY,
    owner       TEXT NOT NULL,                 -- for which draft or task it came, or `api`
    sender      TEXT NOT NULL,                 -- who is counted for it while it waits; no address, no name
    name        TEXT NOT NULL,
    media       TEXT NOT NULL,                 -- what it holds, found out from its bytes
    size        INTEGER NOT NULL,
    sha256      TEXT NOT NULL,
    created_ms  INTEGER NOT NULL,
    whole       INTEGER NOT NULL,              -- whether all of its pieces are kept
    run_id      TEXT                           -- the case it belongs to
) STRICT, WITHOUT ROWID;
-- What nobody has named yet: by age to be taken away, and of one sender.
CREATE INDEX files_unclaimed ON files (created_ms, size) WHERE run_id IS NULL;
CREATE INDEX files_of_sender ON files (sender, size) WHERE run_id IS NULL;

-- Their bytes, in pieces: one is written in a moment, so that no file keeps runs from being written, and none is
-- larger than what a connection may hold at once.
CREATE TABLE file_pieces (
    file_id     TEXT NOT NULL,
    n           INTEGER NOT NULL,
    bytes       BLOB NOT NULL,
    PRIMARY KEY (file_id, n)
) STRICT;
