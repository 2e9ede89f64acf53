-- By which version of each calendar its definition names a running case is counted, written with the run, so
-- that a changed calendar finds the cases that are still counted by another version.

CREATE TABLE counted (
    run_id      TEXT NOT NULL,
    calendar    TEXT NOT NULL,                 -- its id
    version     TEXT NOT NULL,
    PRIMARY KEY (run_id, calendar)
) STRICT, WITHOUT ROWID;
CREATE INDEX counted_by ON counted (calendar, version, run_id);

INSERT INTO counted (run_id, calendar, version)
    SELECT r.id, c.key, c.value FROM runs r, json_each(r.state, '$.calendars') c WHERE r.status = 'RUNNING';
