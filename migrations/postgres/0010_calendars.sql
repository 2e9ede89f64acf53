-- The table of migrations/sqlite/0010_calendars.sql.

CREATE TABLE counted (
    run_id      uuid NOT NULL,
    calendar    text COLLATE "C" NOT NULL,           -- its id
    version     text COLLATE "C" NOT NULL,
    PRIMARY KEY (run_id, calendar)
);
CREATE INDEX counted_by ON counted (calendar, version, run_id);

INSERT INTO counted (run_id, calendar, version)
    SELECT r.id, c.key, c.value FROM runs r, json_each_text(r.state -> 'calendars') c WHERE r.status = 'RUNNING';
