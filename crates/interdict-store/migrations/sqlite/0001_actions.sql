-- Actions, their journal, filings, apps. Instants are ticks of 100 ns since 1970; GUIDs are 16 bytes.

-- A fact about the store itself: its epoch, its skip-token key.
CREATE TABLE meta (
    key TEXT NOT NULL PRIMARY KEY,
    value BLOB NOT NULL
) STRICT, WITHOUT ROWID;

-- A tenant and the end of its chain; other tables name it by its small key.
CREATE TABLE head (
    tenant INTEGER PRIMARY KEY,
    guid BLOB NOT NULL UNIQUE,
    sequence INTEGER NOT NULL,
    hash BLOB NOT NULL,
    at INTEGER NOT NULL
) STRICT;

-- One securityAction: a typed column for every declared scalar, and the entity rendered.
CREATE TABLE action (
    rid INTEGER PRIMARY KEY,
    tenant INTEGER NOT NULL,
    id BLOB NOT NULL,
    sequence INTEGER NOT NULL,
    status INTEGER NOT NULL,
    cancelled INTEGER NOT NULL,
    render INTEGER NOT NULL,
    created INTEGER NOT NULL,
    last_action INTEGER NOT NULL,
    completed INTEGER,
    error_code INTEGER,
    error_subcode INTEGER,
    error_message TEXT,
    name TEXT NOT NULL,
    action_reason TEXT,
    app_id TEXT,
    azure_tenant_id TEXT,
    client_context TEXT,
    user_name TEXT,
    vendor_provider TEXT,
    vendor_provider_version TEXT,
    vendor_sub_provider TEXT,
    vendor_vendor TEXT,
    doc TEXT NOT NULL,
    UNIQUE (tenant, id)
) STRICT;
-- Lists show the newest first, of one instant the lowest id. No update of an action names these columns, so the
-- index costs inserts alone.
CREATE INDEX action_by_created ON action (tenant, created DESC, id);

-- The journal; its bytes are hashed (docs/reference/journal.md).
CREATE TABLE journal (
    rid INTEGER PRIMARY KEY,
    tenant INTEGER NOT NULL,
    sequence INTEGER NOT NULL,
    at INTEGER NOT NULL,
    subject BLOB NOT NULL,
    request BLOB NOT NULL,
    kind INTEGER NOT NULL,
    actor TEXT NOT NULL,
    change TEXT NOT NULL,
    previous BLOB NOT NULL,
    hash BLOB NOT NULL,
    UNIQUE (tenant, sequence)
) STRICT;

-- A clientContext that an app has used, so that a repeated filing is recognised.
CREATE TABLE filing (
    tenant INTEGER NOT NULL,
    app TEXT NOT NULL,
    context TEXT NOT NULL,
    action BLOB NOT NULL,
    digest BLOB NOT NULL,
    PRIMARY KEY (tenant, app, context)
) STRICT;
-- A removed action's filing goes with it.
CREATE INDEX filing_by_action ON filing (tenant, action);

-- Client credentials of the built-in issuer.
CREATE TABLE app (
    tenant INTEGER NOT NULL,
    app_id TEXT NOT NULL,
    doc TEXT NOT NULL,
    PRIMARY KEY (tenant, app_id)
) STRICT;
