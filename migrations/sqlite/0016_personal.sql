-- Personal data, apart from the cases: a payload holds `personal:ID` in its place. What is erased leaves its row, so
-- that it stays known that there was something.
CREATE TABLE personal (
    id            TEXT PRIMARY KEY,
    owner         TEXT NOT NULL,               -- the event it came with, or the run that an event reached
    field         TEXT NOT NULL,               -- what it is called in the payload
    key_print     TEXT NOT NULL,               -- by which key it is sealed
    sealed        BLOB,                        -- none when it was erased
    created_ms    INTEGER NOT NULL,            -- in workflow time
    erased_ms     INTEGER                      -- in workflow time
) STRICT, WITHOUT ROWID;
CREATE INDEX personal_of ON personal (owner);

-- By which key this installation seals, as far as it can be told without it.
CREATE TABLE personal_key (
    one           INTEGER PRIMARY KEY CHECK (one = 1),
    key_print     TEXT NOT NULL
) STRICT, WITHOUT ROWID;
