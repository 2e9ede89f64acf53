-- Finished runs that were moved out into files. Of each stays what proves it: where its chain ended. Rows are added and
-- never changed.

-- One for each file, which is written once.
CREATE TABLE archives (
    number      bigint PRIMARY KEY,            -- from 1
    workflow    text COLLATE "C" NOT NULL,
    month       text NOT NULL,                 -- in which its runs ended: 2019-03
    file        text COLLATE "C" NOT NULL UNIQUE, -- its name in the folder
    sha256      bytea NOT NULL,                -- of the file
    runs        bigint NOT NULL,               -- how many are in it
    root        bytea NOT NULL,                -- of the Merkle tree over where their chains ended
    note        bigint NOT NULL,               -- the row of the house's chain that says all this
    at_ms       bigint NOT NULL                -- workflow time, milliseconds since 1970
);

CREATE TABLE archived (
    run_id      uuid PRIMARY KEY,
    archive     bigint NOT NULL,
    number      bigint NOT NULL,               -- of the last row of its chain
    hash        bytea NOT NULL                 -- and its hash
);
CREATE INDEX archived_in ON archived (archive, run_id);

-- Which node moves runs out, and until when the others leave it to that one; wall clock, milliseconds since 1970.
CREATE TABLE archiving (
    one         bigint PRIMARY KEY CHECK (one = 1),
    holder      uuid NOT NULL,
    until_ms    bigint NOT NULL
);

-- The files of a case.
CREATE INDEX files_of_run ON files (run_id) WHERE run_id IS NOT NULL;
