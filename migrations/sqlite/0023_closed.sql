-- The day on which a run ended that was moved out: its reporter is told, and the staff. Not known of those that were
-- moved out before. The row in reports stays, so that its number is known and never given to another.
ALTER TABLE archived ADD COLUMN closed TEXT;
