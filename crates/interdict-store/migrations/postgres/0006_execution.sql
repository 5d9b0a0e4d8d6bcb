-- How actions are carried out, what is in force because of them, and what tenants set up for it.

-- The entry by which a tenant's settings last changed.
ALTER TABLE head ADD COLUMN settings bigint NOT NULL DEFAULT 0;

-- Providers (kind 1), definitions (2), protected targets (3), approval rules (4), the tenant itself (5).
CREATE TABLE setting (
    tenant bigint NOT NULL,
    kind bigint NOT NULL,
    id text COLLATE "C" NOT NULL,
    doc text COLLATE "C" NOT NULL,
    PRIMARY KEY (tenant, kind, id)
);

-- The execution of an action; a recorded one has none. `effect` and `target` are hashes. `rank` is its place in its
-- provider's queue, `hold` is 2 where a provider has it, 1 where others on its target must wait all the same, `timer` when
-- something is to happen to it. `expires` and `timer` also follow renewals of its lease, of which no entry is made.
CREATE TABLE execution (
    tenant bigint NOT NULL,
    action uuid NOT NULL,
    provider uuid NOT NULL,
    phase bigint NOT NULL,
    effect_state bigint,
    deadline bigint,
    effect text COLLATE "C",
    lifts bigint NOT NULL,
    target bigint NOT NULL,
    rank bigint,
    filed bigint NOT NULL,
    hold bigint NOT NULL,
    expires bigint,
    timer bigint,
    doc text COLLATE "C" NOT NULL,
    PRIMARY KEY (tenant, action)
);
CREATE INDEX execution_by_rank ON execution (tenant, provider, rank, filed) WHERE rank IS NOT NULL;
CREATE INDEX execution_by_hold ON execution (tenant, provider, target, hold) WHERE hold > 0;
CREATE INDEX execution_by_timer ON execution (timer) WHERE timer IS NOT NULL;
CREATE INDEX execution_by_phase ON execution (tenant, phase);
CREATE INDEX execution_by_effect ON execution (tenant, effect_state) WHERE effect_state IS NOT NULL;

-- What is in force at a provider, or was. `key` is a hash.
CREATE TABLE effect (
    tenant bigint NOT NULL,
    provider uuid NOT NULL,
    key text COLLATE "C" NOT NULL,
    state bigint NOT NULL,
    sequence bigint NOT NULL,
    timer bigint,
    doc text COLLATE "C" NOT NULL,
    PRIMARY KEY (tenant, provider, key)
);
CREATE INDEX effect_by_sequence ON effect (tenant, provider, sequence);
CREATE INDEX effect_by_timer ON effect (timer) WHERE timer IS NOT NULL;

-- When each of a provider's programs asked for work last, by the name that it gives itself. No entries are made of it.
CREATE TABLE seen (
    tenant bigint NOT NULL,
    provider uuid NOT NULL,
    instance text COLLATE "C" NOT NULL,
    at bigint NOT NULL,
    PRIMARY KEY (tenant, provider, instance)
);

-- A filing that came with an Idempotency-Key, and how it was answered. No entries are made of it.
CREATE TABLE answered (
    tenant bigint NOT NULL,
    app text COLLATE "C" NOT NULL,
    key text COLLATE "C" NOT NULL,
    digest bytea NOT NULL,
    at bigint NOT NULL,
    action uuid NOT NULL,
    sequence bigint NOT NULL,
    doc text COLLATE "C" NOT NULL,
    PRIMARY KEY (tenant, app, key)
);
CREATE INDEX answered_by_at ON answered (at);
