-- Seals of journals, and what the server is to do of its own accord, when.

-- Up to which entry a journal is sealed.
ALTER TABLE head ADD COLUMN sealed INTEGER NOT NULL DEFAULT 0;

-- A signed head (docs/reference/journal.md).
CREATE TABLE seal (
    rid INTEGER PRIMARY KEY,
    tenant INTEGER NOT NULL,
    sequence INTEGER NOT NULL,
    at INTEGER NOT NULL,
    hash BLOB NOT NULL,
    key TEXT NOT NULL,
    signature BLOB NOT NULL,
    UNIQUE (tenant, sequence)
) STRICT;

-- Work that is due for a tenant: kind 1 is to seal its journal. A node that takes some on puts its due time off, so that
-- no other one takes it, unless it fails to come back.
CREATE TABLE duty (
    kind INTEGER NOT NULL,
    tenant INTEGER NOT NULL,
    due INTEGER NOT NULL,
    PRIMARY KEY (kind, tenant)
) STRICT;
CREATE INDEX duty_by_due ON duty (kind, due);
INSERT INTO duty (kind, tenant, due) SELECT 1, tenant, 0 FROM head WHERE sequence > 0;
