-- How far journals were pruned.

-- Where a journal begins anew: a sealed entry, and what was kept of those before it (docs/reference/journal.md). The row
-- with the highest sequence counts; an entry records it.
CREATE TABLE pruning (
    tenant INTEGER NOT NULL,
    sequence INTEGER NOT NULL,
    hash BLOB NOT NULL,
    at INTEGER NOT NULL,
    kept INTEGER NOT NULL,
    digest BLOB NOT NULL,
    PRIMARY KEY (tenant, sequence)
) STRICT;
