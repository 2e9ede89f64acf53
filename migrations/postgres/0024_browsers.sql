-- Browsers in which a person signed in before. What is tried in one of them is slowed down by its own wrong tries, and not by
-- what others try elsewhere. Of the cookie only its SHA-256 is kept. Times are of the wall clock, in milliseconds since 1970.
CREATE TABLE browsers (
    token_hash    text PRIMARY KEY,
    person_id     uuid NOT NULL REFERENCES people (id) ON DELETE CASCADE,
    seen_ms       bigint NOT NULL,            -- when they last signed in there
    expires_ms    bigint NOT NULL
);
CREATE INDEX browsers_person ON browsers (person_id, seen_ms);
CREATE INDEX browsers_expires ON browsers (expires_ms);
