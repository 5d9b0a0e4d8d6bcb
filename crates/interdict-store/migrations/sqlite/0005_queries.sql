-- The query language. Its functions are the program's own here; PostgreSQL's twin has them in the database.

-- What lists are asked for most; each is read in its order, newest first.
CREATE INDEX action_by_status ON action (tenant, status, created DESC, id);
CREATE INDEX action_by_name ON action (tenant, name, created DESC, id);
CREATE INDEX action_by_provider ON action (tenant, vendor_provider, created DESC, id);
CREATE INDEX action_by_user ON action (tenant, user_name, created DESC, id) WHERE user_name IS NOT NULL;
CREATE INDEX action_by_context ON action (tenant, client_context, created DESC, id) WHERE client_context IS NOT NULL;
-- And for what changed since.
CREATE INDEX action_by_change ON action (tenant, last_action, id);

-- The values of actions' parameters: `value` is the first 8 bytes of its SHA-256. What else is asked of a parameter is read
-- in the document.
CREATE TABLE parameter (
    tenant INTEGER NOT NULL,
    value INTEGER NOT NULL,
    action BLOB NOT NULL,
    PRIMARY KEY (tenant, value, action)
) STRICT, WITHOUT ROWID;
INSERT INTO parameter (tenant, value, action)
    SELECT DISTINCT action.tenant, odata_key(given.value ->> 'value'), action.id
    FROM action, json_each(action.doc, '$.parameters') AS given
    WHERE given.value ->> 'value' IS NOT NULL;
