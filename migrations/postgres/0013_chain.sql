-- Each row of the audit trail holds the SHA-256 of the one before it in its chain and of itself: a chain a run, and
-- one of the house for what concerns no run. Rows from before are chained once, when the store is next opened.
ALTER TABLE audit ADD COLUMN hash bytea;
-- Which case a row of the house's chain is about, such as one that somebody read.
ALTER TABLE audit ADD COLUMN about uuid;
-- Of the run's last row.
ALTER TABLE runs ADD COLUMN audit_hash bytea;
CREATE UNIQUE INDEX audit_of_house ON audit (seq) WHERE run_id IS NULL;
CREATE INDEX audit_about ON audit (about, n) WHERE about IS NOT NULL;
-- What people did and read; the other rows are many, and are asked for by their run.
CREATE INDEX audit_people ON audit (who COLLATE "C", n)
    WHERE who COLLATE "C" >= 'person:' AND who COLLATE "C" < 'person;';
CREATE INDEX audit_unchained ON audit (n) WHERE hash IS NULL;

-- Where the house's chain ends. Its row's lock puts what the nodes add in one order. There is a row once the rows
-- from before are chained.
CREATE TABLE audit_house (
    one         smallint PRIMARY KEY CHECK (one = 1),
    number      bigint NOT NULL,
    hash        bytea NOT NULL
) WITH (fillfactor = 50);

-- Where every chain stood at some moment, signed. Each holds the chains that grew since the one before it.
CREATE TABLE checkpoints (
    number      bigint PRIMARY KEY,            -- from 1, without a gap
    at_ms       bigint NOT NULL,               -- workflow time, milliseconds since 1970
    after_n     bigint NOT NULL,               -- it covers the rows of `audit` after this one
    upto_n      bigint NOT NULL,               -- and up to this one
    leaves      bytea NOT NULL,                -- run, number and hash of the last row of each, 56 bytes, by run
    root        bytea NOT NULL,                -- of the Merkle tree over them
    previous    bytea NOT NULL,                -- the SHA-256 of the checkpoint before
    public_key  bytea NOT NULL,                -- whose signature it is
    signature   bytea NOT NULL                 -- Ed25519
);
CREATE INDEX checkpoints_upto ON checkpoints (upto_n);
