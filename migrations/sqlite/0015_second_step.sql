-- A second step at sign-in: a code that changes every half minute. The secret of it is derived from the salt
-- with the server's key: whoever reads this table cannot make codes.
CREATE TABLE second_steps (
    person_id     TEXT PRIMARY KEY REFERENCES people (id) ON DELETE CASCADE,
    salt          TEXT NOT NULL,
    confirmed_ms  INTEGER,                     -- since when it is asked for; none while it is being set up
    last_step     INTEGER NOT NULL             -- the latest code taken, by its number: none is taken twice
) STRICT, WITHOUT ROWID;

-- Codes for who lost the app, each good once. Of a code only its keyed hash is kept.
CREATE TABLE recovery_codes (
    person_id     TEXT NOT NULL REFERENCES people (id) ON DELETE CASCADE,
    hash          TEXT NOT NULL,
    PRIMARY KEY (person_id, hash)
) STRICT, WITHOUT ROWID;

-- Who a person is at a provider of sign-ins (OpenID Connect): its name and theirs there, never an address.
CREATE TABLE identities (
    issuer        TEXT NOT NULL,
    subject       TEXT NOT NULL,
    person_id     TEXT NOT NULL REFERENCES people (id) ON DELETE CASCADE,
    PRIMARY KEY (issuer, subject)
) STRICT, WITHOUT ROWID;
