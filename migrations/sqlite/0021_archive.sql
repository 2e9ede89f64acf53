-- Finished runs that were moved out into files. Of each stays what proves it: where its chain ended. Rows are added and
-- never changed.

-- One for each file, which is written once.
CREATE TABLE archives (
    number      INTEGER PRIMARY KEY,           -- from 1
    workflow    TEXT NOT NULL,
    month       TEXT NOT NULL,                 -- in which its runs ended: 2019-03
    file        TEXT NOT NULL UNIQUE,          -- its name in the folder
    sha256      BLOB NOT NULL,                 -- of the file
    runs        INTEGER NOT NULL,              -- how many are in it
    root        BLOB NOT NULL,                 -- of the Merkle tree over where their chains ended
    note        INTEGER NOT NULL,              -- the row of the house's chain that says all this
    at_ms       INTEGER NOT NULL               -- workflow time, milliseconds since 1970
) STRICT;

CREATE TABLE archived (
    run_id      TEXT PRIMARY KEY,
    archive     INTEGER NOT NULL,
    number      INTEGER NOT NULL,              -- of the last row of its chain
    hash        BLOB NOT NULL                  -- and its hash
) STRICT, WITHOUT ROWID;
CREATE INDEX archived_in ON archived (archive, run_id);

-- Which node moves runs out, and until when the others leave it to that one; wall clock, milliseconds since 1970.
CREATE TABLE archiving (
    one         INTEGER PRIMARY KEY CHECK (one = 1),
    holder      TEXT NOT NULL,
    until_ms    INTEGER NOT NULL
) STRICT;

-- The files of a case.
CREATE INDEX files_of_run ON files (run_id) WHERE run_id IS NOT NULL;
