-- Accounts that are invited, disabled and changed. Times are of the wall clock, in milliseconds since 1970.
ALTER TABLE people ADD COLUMN disabled_ms bigint;   -- since when they may not sign in

-- Links by which a person sets a password, each once. What stands in the link is derived from the id with the
-- server's key: whoever reads this table cannot make one. A row is also the order to mail the link.
CREATE TABLE account_links (
    id            uuid PRIMARY KEY,
    person_id     uuid NOT NULL REFERENCES people (id) ON DELETE CASCADE,
    purpose       text NOT NULL,               -- invite, reset
    created_ms    bigint NOT NULL,
    expires_ms    bigint NOT NULL,
    used_ms       bigint,
    send_ms       bigint,                      -- when to mail it; none when it was mailed or given up
    tries         bigint NOT NULL DEFAULT 0
);
CREATE INDEX account_links_person ON account_links (person_id);
CREATE INDEX account_links_send ON account_links (send_ms) WHERE send_ms IS NOT NULL;
CREATE INDEX account_links_expires ON account_links (expires_ms);

-- What was done to accounts, and by whom. Rows are added and never changed.
CREATE TABLE account_log (
    id            uuid PRIMARY KEY,
    person_id     uuid NOT NULL,
    at_ms         bigint NOT NULL,
    who           text NOT NULL,               -- person:ID, or the command that did it
    what          text NOT NULL,               -- added, roles, disabled, enabled, sessions_ended, password, link
    before        text,                        -- JSON
    after         text                         -- JSON
);
CREATE INDEX account_log_person ON account_log (person_id, id);
