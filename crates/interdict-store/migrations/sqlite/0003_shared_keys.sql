-- What every node must know within seconds: apps that were removed, and the keys that nodes share.

-- An app that was removed, and when: its tokens from before are refused.
CREATE TABLE revocation (
    tenant INTEGER NOT NULL,
    app_id TEXT NOT NULL,
    at INTEGER NOT NULL,
    PRIMARY KEY (tenant, app_id)
) STRICT;
CREATE INDEX revocation_by_at ON revocation (at);

-- A key that nodes share. Its secret is encrypted to another one, which nodes have (docs/reference/keys.md).
CREATE TABLE shared_key (
    kind INTEGER NOT NULL,
    id TEXT NOT NULL,
    created INTEGER NOT NULL,
    public BLOB NOT NULL,
    secret BLOB NOT NULL,
    wrapped_by TEXT,
    revoked INTEGER,
    PRIMARY KEY (kind, id)
) STRICT;
