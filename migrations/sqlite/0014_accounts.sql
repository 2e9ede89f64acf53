-- Accounts that are invited, disabled and changed. Times are of the wall clock, in milliseconds since 1970.
ALTER TABLE people ADD COLUMN disabled_ms INTEGER;  -- since when they may not sign in

-- Links by which a person sets a password, each once. What stands in the link is derived from the id with the
-- server's key: whoever reads this table cannot make one. A row is also the order to mail the link.
CREATE TABLE account_links (
    id            TEXT PRIMARY KEY,
    person_id     TEXT NOT NULL REFERENCES people (id) ON DELETE CASCADE,
    purpose       TEXT NOT NULL,               -- invite, reset
    created_ms    INTEGER NOT NULL,
    expires_ms    INTEGER NOT NULL,
    used_ms       INTEGER,
    send_ms       INTEGER,                     -- when to mail it; none when it was mailed or given up
    tries         INTEGER NOT NULL DEFAULT 0
) STRICT, WITHOUT ROWID;
CREATE INDEX account_links_person ON account_links (person_id);
CREATE INDEX account_links_send ON account_links (send_ms) WHERE send_ms IS NOT NULL;
CREATE INDEX account_links_expires ON account_links (expires_ms);

-- What was done to accounts, and by whom. Rows are added and never changed.
CREATE TABLE account_log (
    id            TEXT PRIMARY KEY,
    person_id     TEXT NOT NULL,
    at_ms         INTEGER NOT NULL,
    who           TEXT NOT NULL,               -- person:ID, or the command that did it
    what          TEXT NOT NULL,               -- added, roles, disabled, enabled, sessions_ended, password, link
    before        TEXT,                        -- JSON
    after         TEXT                         -- JSON
) STRICT, WITHOUT ROWID;
CREATE INDEX account_log_person ON account_log (person_id, id);
