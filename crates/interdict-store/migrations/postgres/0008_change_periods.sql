-- Lists by last change are read from periods of 2^32 ticks, about seven minutes, and sorted within each: an action that goes
-- on within a period stays where it is in the index.
DROP INDEX action_by_change;
ALTER TABLE action ADD COLUMN change_period bigint NOT NULL DEFAULT 0;
UPDATE action SET change_period = last_action >> 32;
CREATE INDEX action_by_change ON action (tenant, change_period);
