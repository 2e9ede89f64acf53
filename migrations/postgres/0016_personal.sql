-- Personal data, apart from the cases: a payload holds `personal:ID` in its place. What is erased leaves its row, so
-- that it stays known that there was something.
CREATE TABLE personal (
    id            uuid PRIMARY KEY,
    owner         uuid NOT NULL,               -- the event it came with, or the run that an event reached
    field         text NOT NULL,               -- what it is called in the payload
    key_print     text NOT NULL,               -- by which key it is sealed
    sealed        bytea,                       -- none when it was erased
    created_ms    bigint NOT NULL,             -- in workflow time
    erased_ms     bigint                       -- in workflow time
);
CREATE INDEX personal_of ON personal (owner);

-- By which key this installation seals, as far as it can be told without it.
CREATE TABLE personal_key (
    one           bigint PRIMARY KEY CHECK (one = 1),
    key_print     text NOT NULL
);
