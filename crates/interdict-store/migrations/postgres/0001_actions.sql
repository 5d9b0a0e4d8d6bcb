-- Actions, their journal, filings, apps. Instants are ticks of 100 ns since 1970. Text is compared byte for byte.

-- A fact about the store itself: its epoch, its skip-token key.
CREATE TABLE meta (
    key text COLLATE "C" NOT NULL PRIMARY KEY,
    value bytea NOT NULL
);

-- A tenant and the end of its chain; other tables name it by its small key. Every batch changes its tenants' heads,
-- within the page as long as there is room.
CREATE TABLE head (
    tenant bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    guid uuid NOT NULL UNIQUE,
    sequence bigint NOT NULL,
    hash bytea NOT NULL,
    at bigint NOT NULL
) WITH (fillfactor = 20, autovacuum_vacuum_scale_factor = 0.02);

-- One securityAction: a typed column for every declared scalar, and the entity rendered. The room left in each page
-- takes a changed row beside the old one, so that its index entries stay.
CREATE TABLE action (
    tenant bigint NOT NULL,
    id uuid NOT NULL,
    sequence bigint NOT NULL,
    status bigint NOT NULL,
    cancelled bigint NOT NULL,
    render bigint NOT NULL,
    created bigint NOT NULL,
    last_action bigint NOT NULL,
    completed bigint,
    error_code bigint,
    error_subcode bigint,
    error_message text COLLATE "C",
    name text COLLATE "C" NOT NULL,
    action_reason text COLLATE "C",
    app_id text COLLATE "C",
    azure_tenant_id text COLLATE "C",
    client_context text COLLATE "C",
    user_name text COLLATE "C",
    vendor_provider text COLLATE "C",
    vendor_provider_version text COLLATE "C",
    vendor_sub_provider text COLLATE "C",
    vendor_vendor text COLLATE "C",
    doc text COLLATE "C" NOT NULL,
    PRIMARY KEY (tenant, id)
) WITH (fillfactor = 75, autovacuum_vacuum_scale_factor = 0.02);
-- Lists show the newest first, of one instant the lowest id. No update of an action names these columns, so the
-- index costs inserts alone.
CREATE INDEX action_by_created ON action (tenant, created DESC, id);

-- The journal; its bytes are hashed (docs/reference/journal.md).
CREATE TABLE journal (
    tenant bigint NOT NULL,
    sequence bigint NOT NULL,
    at bigint NOT NULL,
    subject uuid NOT NULL,
    request uuid NOT NULL,
    kind bigint NOT NULL,
    actor text COLLATE "C" NOT NULL,
    change text COLLATE "C" NOT NULL,
    previous bytea NOT NULL,
    hash bytea NOT NULL,
    PRIMARY KEY (tenant, sequence)
);

-- A clientContext that an app has used, so that a repeated filing is recognised.
CREATE TABLE filing (
    tenant bigint NOT NULL,
    app text COLLATE "C" NOT NULL,
    context text COLLATE "C" NOT NULL,
    action uuid NOT NULL,
    digest bytea NOT NULL,
    PRIMARY KEY (tenant, app, context)
);
-- A removed action's filing goes with it.
CREATE INDEX filing_by_action ON filing (tenant, action);

-- Client credentials of the built-in issuer.
CREATE TABLE app (
    tenant bigint NOT NULL,
    app_id text COLLATE "C" NOT NULL,
    doc text COLLATE "C" NOT NULL,
    PRIMARY KEY (tenant, app_id)
);
