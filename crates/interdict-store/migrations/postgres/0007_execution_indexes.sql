-- The conditions are always true, and keep these from whoever looks for a row by its key: a planner that knows nothing of
-- a table yet would take them as readily, and read all rows of a tenant.

DROP INDEX execution_by_phase;
CREATE INDEX execution_by_phase ON execution (tenant, phase) WHERE phase >= 0;

DROP INDEX effect_by_sequence;
CREATE INDEX effect_by_sequence ON effect (tenant, provider, sequence) WHERE sequence > 0;
