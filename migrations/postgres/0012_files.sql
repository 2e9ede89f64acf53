-- Files that people and programs hand in. One belongs to nobody's case until a report, an event or a decision
-- names it; then `run_id` says whose, in that very transaction. Times are of the wall clock, in milliseconds
-- since 1970.
CREATE TABLE files (
    id          uuid PRIMARY KEY,
    owner       text NOT NULL,                 -- for which draft or task it came, or `api`
    sender      text NOT NULL,                 -- who is counted for it while it waits; no address, no name
    name        text NOT NULL,
    media       text NOT NULL,                 -- what it holds, found out from its bytes
    size        bigint NOT NULL,
    sha256      text NOT NULL,
    created_ms  bigint NOT NULL,
    whole       boolean NOT NULL,              -- whether all of its pieces are kept
    run_id      uuid                           -- the case it belongs to
);
-- What nobody has named yet: by age to be taken away, and of one sender.
CREATE INDEX files_unclaimed ON files (created_ms, size) WHERE run_id IS NULL;
CREATE INDEX files_of_sender ON files (sender, size) WHERE run_id IS NULL;

-- Their bytes, in pieces: one is written in a moment, and none is larger than what a connection may hold at once.
CREATE TABLE file_pieces (
    file_id     uuid NOT NULL,
    n           integer NOT NULL,
    bytes       bytea NOT NULL,
    PRIMARY KEY (file_id, n)
);
-- Pictures and scans are compressed already.
ALTER TABLE file_pieces ALTER COLUMN bytes SET STORAGE EXTERNAL;
