-- Each row of the audit trail holds the SHA-256 of the one before it in its chain and of itself: a chain a run, and
-- one of the house for what concerns no run. Rows from before are chained once, when the store is next opened.
ALTER TABLE audit ADD COLUMN hash BLOB;
-- Which case a row of the house's chain is about, such as one that somebody read.
ALTER TABLE audit ADD COLUMN about TEXT;
-- Of the run's last row.
ALTER TABLE runs ADD COLUMN audit_hash BLOB;
CREATE UNIQUE INDEX audit_of_house ON audit (seq) WHERE run_id IS NULL;
CREATE INDEX audit_about ON audit (about, n) WHERE about IS NOT NULL;
-- What people did and read; the other rows are many, and are asked for by their run.
CREATE INDEX audit_people ON audit (who, n) WHERE who >= 'person:' AND who < 'person;';
CREATE INDEX audit_unchained ON audit (n) WHERE hash IS NULL;

-- Where the house's chain ends. There is a row once the rows from before are chained.
CREATE TABLE audit_house (
    one         INTEGER PRIMARY KEY CHECK (one = 1),
    number      INTEGER NOT NULL,
    hash        BLOB NOT NULL
) STRICT;

-- Where every chain stood at some moment, signed. Each holds the chains that grew since the one before it.
CREATE TABLE checkpoints (
    number      INTEGER PRIMARY KEY,           -- from 1, without a gap
    at_ms       INTEGER NOT NULL,              -- workflow time, milliseconds since 1970
    after_n     INTEGER NOT NULL,              -- it covers the rows of `audit` after this one
    upto_n      INTEGER NOT NULL,              -- and up to this one
    leaves      BLOB NOT NULL,                 -- run, number and hash of the last row of each, 56 bytes, by run
    root        BLOB NOT NULL,                 -- of the Merkle tree over them
    previous    BLOB NOT NULL,                 -- the SHA-256 of the checkpoint before
    public_key  BLOB NOT NULL,                 -- whose signature it is
    signature   BLOB NOT NULL                  -- Ed25519
) STRICT;
CREATE INDEX checkpoints_upto ON checkpoints (upto_n);
