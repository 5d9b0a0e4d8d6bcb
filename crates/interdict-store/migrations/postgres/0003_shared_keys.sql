-- What every node must know within seconds: apps that were removed, and the keys that nodes share.

-- An app that was removed, and when: its tokens from before are refused.
CREATE TABLE revocation (
    tenant bigint NOT NULL,
    app_id text COLLATE "C" NOT NULL,
    at bigint NOT NULL,
    PRIMARY KEY (tenant, app_id)
);
CREATE INDEX revocation_by_at ON revocation (at);

-- A key that nodes share. Its secret is encrypted to another one, which nodes have (docs/reference/keys.md).
CREATE TABLE shared_key (
    kind bigint NOT NULL,
    id text COLLATE "C" NOT NULL,
    created bigint NOT NULL,
    public bytea NOT NULL,
    secret bytea NOT NULL,
    wrapped_by text COLLATE "C",
    revoked bigint,
    PRIMARY KEY (kind, id)
);
