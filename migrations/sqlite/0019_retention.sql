-- Cases that have ended, and events that reached none, whose personal data may be kept still: by whose rule it goes and
-- since when its time counts. A row goes with the data, so what is due is found without looking at what is not.
CREATE TABLE personal_ended (
    workflow      TEXT NOT NULL,               -- empty for an event that reached no case
    since_ms      INTEGER NOT NULL,            -- in workflow time; later than the end while others may read the data
    owner         TEXT NOT NULL,               -- the run, or the event
    PRIMARY KEY (workflow, since_ms, owner)
) STRICT, WITHOUT ROWID;

INSERT INTO personal_ended (workflow, since_ms, owner)
    SELECT DISTINCT r.workflow, CAST(round(unixepoch(r.ended, 'subsec') * 1000) AS INTEGER), r.id
    FROM personal p JOIN runs r ON r.id = p.owner
    WHERE p.erased_ms IS NULL AND r.ended IS NOT NULL
    UNION
    SELECT DISTINCT r.workflow, CAST(round(unixepoch(r.ended, 'subsec') * 1000) AS INTEGER), r.id
    FROM personal p JOIN events e ON e.id = p.owner JOIN json_each(e.runs) g JOIN runs r ON r.id = g.value ->> 'run_id'
    WHERE p.erased_ms IS NULL AND r.ended IS NOT NULL
    UNION
    SELECT DISTINCT '', CAST(round(unixepoch(e.received, 'subsec') * 1000) AS INTEGER), e.id
    FROM personal p JOIN events e ON e.id = p.owner
    WHERE p.erased_ms IS NULL AND json_array_length(e.runs) = 0;
