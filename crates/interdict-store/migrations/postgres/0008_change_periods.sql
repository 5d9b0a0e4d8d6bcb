-- Lists by last change are read from periods of 2^32 ticks, about seven minutes, and sorted within each: an action that goes
-- on within a period stays where it is in the index. The period is derived here, since nodes of an older version may write
-- until they notice; SQLite's twin has it from the program.
DROP INDEX action_by_change;
ALTER TABLE action ADD COLUMN change_period bigint NOT NULL GENERATED ALWAYS AS (last_action >> 32) STORED;
CREATE INDEX action_by_change ON action (tenant, change_period);
