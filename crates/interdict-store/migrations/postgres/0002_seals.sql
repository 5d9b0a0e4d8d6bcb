-- Seals of journals, and what the server is to do of its own accord, when.

-- Up to which entry a journal is sealed.
ALTER TABLE head ADD COLUMN sealed bigint NOT NULL DEFAULT 0;

-- A signed head (docs/reference/journal.md).
CREATE TABLE seal (
    tenant bigint NOT NULL,
    sequence bigint NOT NULL,
    at bigint NOT NULL,
    hash bytea NOT NULL,
    key text COLLATE "C" NOT NULL,
    signature bytea NOT NULL,
    PRIMARY KEY (tenant, sequence)
);

-- Work that is due for a tenant: kind 1 is to seal its journal. A node that takes some on puts its due time off, so that
-- no other one takes it, unless it fails to come back.
CREATE TABLE duty (
    kind bigint NOT NULL,
    tenant bigint NOT NULL,
    due bigint NOT NULL,
    PRIMARY KEY (kind, tenant)
);
CREATE INDEX duty_by_due ON duty (kind, due);
INSERT INTO duty (kind, tenant, due) SELECT 1, tenant, 0 FROM head WHERE sequence > 0;
