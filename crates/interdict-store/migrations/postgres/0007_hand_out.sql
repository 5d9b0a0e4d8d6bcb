-- Of an action that a fleet is at: the names of the members that wait for their part, each between two line ends.
ALTER TABLE execution ADD COLUMN awaits text COLLATE "C";
-- And until when each lease of a member holds, as `expires` says it of one lease.
ALTER TABLE execution ADD COLUMN renewed text COLLATE "C";

-- Whether something is lifting the effect, or may; nobody else's work on it begins before.
ALTER TABLE effect ADD COLUMN lifting bigint NOT NULL DEFAULT 0;
UPDATE effect SET lifting = 1 WHERE state IN (3, 4);

-- The conditions are always true, and keep these from whoever looks for a row by its key: a planner that knows nothing of
-- a table yet would take them as readily, and read all rows of a tenant.

DROP INDEX execution_by_phase;
CREATE INDEX execution_by_phase ON execution (tenant, phase) WHERE phase >= 0;

DROP INDEX effect_by_sequence;
CREATE INDEX effect_by_sequence ON effect (tenant, provider, sequence) WHERE sequence > 0;

CREATE INDEX effect_in_force ON effect (tenant, provider) WHERE state < 5;
