-- A hand-out costs what it gives, however many tasks wait for their next attempt: those have a part of the index of open tasks of
-- their own, until their timer says that they may be tried again. Few come into the other index, in which those are found whose
-- moment has come before their timer was looked at.
DROP INDEX tasks_open;
CREATE INDEX tasks_open ON tasks (actor, status, (CASE WHEN not_before IS NULL THEN 0 ELSE 1 END), coalesce(expires, '9'), -priority, id, not_before, closed_at)
    WHERE closed_at IS NULL;
CREATE INDEX tasks_waiting ON tasks (actor, not_before, id) WHERE not_before IS NOT NULL AND closed_at IS NULL;
-- Where keys come in no order each has a page of its index to itself, so a run is written there once: SQLite writes to an index
-- whenever a statement names one of its columns, which each change of a run does with the status. Runs of a key that go on are in
-- an index of their own, which is small.
DROP INDEX runs_key;
CREATE INDEX runs_key ON runs (key) WHERE key IS NOT NULL;
CREATE INDEX runs_case ON runs (workflow, key, id) WHERE status = 'RUNNING' AND key IS NOT NULL;
-- Who looks for the open runs of one version passes over the others in the index, and reads none of them.
DROP INDEX runs_open_of;
CREATE INDEX runs_open_of ON runs (workflow, id, version, status) WHERE status = 'RUNNING';
