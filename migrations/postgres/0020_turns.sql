-- Where a database cannot say which transactions are under way, all who write to the audit trail take turns: they hold
-- this row until their rows are kept, and have their numbers from it. It is 0 where the numbers come from a sequence.
CREATE TABLE audit_turn (
    one         smallint PRIMARY KEY CHECK (one = 1),
    n           bigint NOT NULL                      -- the last number given
) WITH (fillfactor = 50);
INSERT INTO audit_turn VALUES (1, 0);
