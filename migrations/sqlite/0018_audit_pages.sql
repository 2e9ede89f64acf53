-- What the page of the audit trail asks for. What people did and read, and what the house noted, the newest first;
-- what programs did to cases is asked for by its case.
CREATE INDEX audit_pages ON audit (n)
    WHERE run_id IS NULL OR (who >= 'person:' AND who < 'person;');
-- The same by kind: `read`, `sign_in`, `account`, `deploy`.
CREATE INDEX audit_kinds ON audit (command ->> 'order', n) WHERE run_id IS NULL;
-- Where days begin among the rows of `audit`, which has no index on the moment: checkpoints know it to the minute.
CREATE INDEX checkpoints_at ON checkpoints (at_ms);
