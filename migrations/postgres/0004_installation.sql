-- What all nodes must have in common besides the database.
CREATE TABLE installation (
    one         smallint PRIMARY KEY CHECK (one = 1),
    key_print   text NOT NULL                        -- by which the server's key is known again
);
