-- Cases that have ended, and events that reached none, whose personal data may be kept still: by whose rule it goes and
-- since when its time counts. A row goes with the data, so what is due is found without looking at what is not.
CREATE TABLE personal_ended (
    workflow      text COLLATE "C" NOT NULL,   -- empty for an event that reached no case
    since_ms      bigint NOT NULL,             -- in workflow time; later than the end while others may read the data
    owner         uuid NOT NULL,               -- the run, or the event
    PRIMARY KEY (workflow, since_ms, owner)
);

INSERT INTO personal_ended (workflow, since_ms, owner)
    SELECT r.workflow, (extract(epoch FROM r.ended) * 1000)::bigint, r.id
    FROM personal p JOIN runs r ON r.id = p.owner
    WHERE p.erased_ms IS NULL AND r.ended IS NOT NULL
    UNION
    SELECT r.workflow, (extract(epoch FROM r.ended) * 1000)::bigint, r.id
    FROM personal p JOIN events e ON e.id = p.owner CROSS JOIN json_array_elements(e.runs) g
    JOIN runs r ON r.id = (g ->> 'run_id')::uuid
    WHERE p.erased_ms IS NULL AND r.ended IS NOT NULL
    UNION
    SELECT '', (extract(epoch FROM e.received) * 1000)::bigint, e.id
    FROM personal p JOIN events e ON e.id = p.owner
    WHERE p.erased_ms IS NULL AND json_array_length(e.runs) = 0;
