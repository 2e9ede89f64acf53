-- How far a transfer from a SQLite file has come, so that it goes on where it was.
CREATE TABLE transfers (
    name        text PRIMARY KEY,                    -- of the table
    reached     text[] NOT NULL,                     -- the key of the last row moved
    rows        bigint NOT NULL                      -- how many were moved
);
