-- How far journals were pruned.

-- Where a journal begins anew: a sealed entry, and what was kept of those before it (docs/reference/journal.md). The row
-- with the highest sequence counts; an entry records it.
CREATE TABLE pruning (
    tenant bigint NOT NULL,
    sequence bigint NOT NULL,
    hash bytea NOT NULL,
    at bigint NOT NULL,
    kept bigint NOT NULL,
    digest bytea NOT NULL,
    PRIMARY KEY (tenant, sequence)
);
