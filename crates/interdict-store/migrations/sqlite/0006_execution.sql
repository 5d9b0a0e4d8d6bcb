-- How actions are carried out, what is in force because of them, and what tenants set up for it.

-- The entry by which a tenant's settings last changed.
ALTER TABLE head ADD COLUMN settings INTEGER NOT NULL DEFAULT 0;

-- Providers (kind 1), definitions (2), protected targets (3), approval rules (4), the tenant itself (5).
CREATE TABLE setting (
    tenant INTEGER NOT NULL,
    kind INTEGER NOT NULL,
    id TEXT NOT NULL,
    doc TEXT NOT NULL,
    PRIMARY KEY (tenant, kind, id)
) STRICT;

-- The execution of an action; a recorded one has none. `effect` and `target` are hashes. `rank` is its place in its
-- provider's queue, `hold` is 2 where a provider has it, 1 where others on its target must wait all the same, `timer` when
-- something is to happen to it. `expires` and `timer` also follow renewals of its lease, of which no entry is made.
CREATE TABLE execution (
    tenant INTEGER NOT NULL,
    action BLOB NOT NULL,
    provider BLOB NOT NULL,
    phase INTEGER NOT NULL,
    effect_state INTEGER,
    deadline INTEGER,
    effect TEXT,
    lifts INTEGER NOT NULL,
    target INTEGER NOT NULL,
    rank INTEGER,
    filed INTEGER NOT NULL,
    hold INTEGER NOT NULL,
    expires INTEGER,
    timer INTEGER,
    doc TEXT NOT NULL,
    PRIMARY KEY (tenant, action)
) STRICT;
CREATE INDEX execution_by_rank ON execution (tenant, provider, rank, filed) WHERE rank IS NOT NULL;
CREATE INDEX execution_by_hold ON execution (tenant, provider, target, hold) WHERE hold > 0;
CREATE INDEX execution_by_timer ON execution (timer) WHERE timer IS NOT NULL;
CREATE INDEX execution_by_phase ON execution (tenant, phase);
CREATE INDEX execution_by_effect ON execution (tenant, effect_state) WHERE effect_state IS NOT NULL;

-- What is in force at a provider, or was. `key` is a hash.
CREATE TABLE effect (
    tenant INTEGER NOT NULL,
    provider BLOB NOT NULL,
    key TEXT NOT NULL,
    state INTEGER NOT NULL,
    sequence INTEGER NOT NULL,
    timer INTEGER,
    doc TEXT NOT NULL,
    PRIMARY KEY (tenant, provider, key)
) STRICT;
CREATE INDEX effect_by_sequence ON effect (tenant, provider, sequence);
CREATE INDEX effect_by_timer ON effect (timer) WHERE timer IS NOT NULL;

-- When each of a provider's programs asked for work last, by the name that it gives itself. No entries are made of it.
CREATE TABLE seen (
    tenant INTEGER NOT NULL,
    provider BLOB NOT NULL,
    instance TEXT NOT NULL,
    at INTEGER NOT NULL,
    PRIMARY KEY (tenant, provider, instance)
) STRICT;

-- A filing that came with an Idempotency-Key, and how it was answered. No entries are made of it.
CREATE TABLE answered (
    tenant INTEGER NOT NULL,
    app TEXT NOT NULL,
    key TEXT NOT NULL,
    digest BLOB NOT NULL,
    at INTEGER NOT NULL,
    action BLOB NOT NULL,
    sequence INTEGER NOT NULL,
    doc TEXT NOT NULL,
    PRIMARY KEY (tenant, app, key)
) STRICT;
CREATE INDEX answered_by_at ON answered (at);
