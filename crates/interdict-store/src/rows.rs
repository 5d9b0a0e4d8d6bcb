//! Each table's statements, and its rows as the model's values.

use std::sync::Arc;

use interdict_model::app::App;
use interdict_model::document::{self, RENDER_VERSION};
use interdict_model::journal::{Entry, Head};
use interdict_model::view::{Columns, Filing, FilingKey, Record};
use interdict_model::{ActionId, RequestId, TenantId, Timestamp};

use crate::engine::Row;
use crate::{StoreError, Value};

pub(crate) const HEAD: &str = "SELECT tenant, sequence, hash, at FROM head WHERE guid = $1";
pub(crate) const TENANTS: &str = "SELECT guid, tenant, sequence, hash, at FROM head ORDER BY guid";
pub(crate) const INSERT_HEAD: &str =
    "INSERT INTO head (guid, sequence, hash, at) VALUES ($1, $2, $3, $4) RETURNING tenant";
pub(crate) const UPDATE_HEAD: &str = "UPDATE head SET sequence = $1, hash = $2, at = $3 WHERE tenant = $4";

pub(crate) const ACTION: &str = "SELECT sequence, doc FROM action WHERE tenant = $1 AND id = $2";
pub(crate) const RECORD: &str =
    "SELECT rid, sequence, cancelled, doc FROM action WHERE tenant = $1 AND id = $2";
pub(crate) const INSERT_ACTION: &str = "INSERT INTO action (sequence, cancelled, render, status, last_action, \
     completed, error_code, error_subcode, error_message, doc, action_reason, app_id, azure_tenant_id, \
     client_context, created, name, user_name, vendor_provider, vendor_provider_version, vendor_sub_provider, \
     vendor_vendor, tenant, id) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, \
     $18, $19, $20, $21, $22, $23)";
/// Names no column of an index, so that only the row itself is written.
const UPDATE_PROGRESS: &str = "UPDATE action SET sequence = $1, cancelled = $2, render = $3, status = $4, \
     last_action = $5, completed = $6, error_code = $7, error_subcode = $8, error_message = $9, doc = $10 \
     WHERE rid = $11";
const UPDATE_ALL: &str = "UPDATE action SET sequence = $1, cancelled = $2, render = $3, status = $4, \
     last_action = $5, completed = $6, error_code = $7, error_subcode = $8, error_message = $9, doc = $10, \
     action_reason = $11, app_id = $12, azure_tenant_id = $13, client_context = $14, created = $15, name = $16, \
     user_name = $17, vendor_provider = $18, vendor_provider_version = $19, vendor_sub_provider = $20, \
     vendor_vendor = $21 WHERE rid = $22";
pub(crate) const DELETE_ACTION: &str = "DELETE FROM action WHERE rid = $1";
pub(crate) const LISTED: &str = "created, id, sequence, doc";

pub(crate) const FILING: &str =
    "SELECT action, digest FROM filing WHERE tenant = $1 AND app = $2 AND context = $3";
pub(crate) const PUT_FILING: &str = "INSERT INTO filing (tenant, app, context, action, digest) \
     VALUES ($1, $2, $3, $4, $5) ON CONFLICT (tenant, app, context) \
     DO UPDATE SET action = excluded.action, digest = excluded.digest";
pub(crate) const DELETE_FILINGS: &str = "DELETE FROM filing WHERE tenant = $1 AND action = $2";

pub(crate) const APP: &str = "SELECT doc FROM app WHERE tenant = $1 AND app_id = $2";
pub(crate) const APPS: &str = "SELECT doc FROM app WHERE tenant = $1";
pub(crate) const PUT_APP: &str = "INSERT INTO app (tenant, app_id, doc) VALUES ($1, $2, $3) \
     ON CONFLICT (tenant, app_id) DO UPDATE SET doc = excluded.doc";
pub(crate) const DELETE_APP: &str = "DELETE FROM app WHERE tenant = $1 AND app_id = $2";

pub(crate) const JOURNAL: &str = "SELECT sequence, at, subject, request, kind, actor, change, previous, hash \
     FROM journal WHERE tenant = $1 AND sequence > $2 ORDER BY sequence LIMIT $3";
pub(crate) const INSERT_ENTRY: &str = "INSERT INTO journal \
     (tenant, sequence, at, subject, request, kind, actor, change, previous, hash) \
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)";

/// The end of a chain out of three columns from `first` on: sequence, hash, at.
pub(crate) fn head(row: &Row<'_>, first: usize) -> Result<Head, StoreError> {
    Ok(Head {
        sequence: row.integer(first)?,
        hash: row.array(first + 1)?,
        at: Timestamp::from_ticks(row.integer(first + 2)?),
    })
}

/// An action and its row's key out of [`RECORD`].
pub(crate) fn record(row: &Row<'_>) -> Result<(i64, Record), StoreError> {
    let text = row.text(3)?;
    let action = document::parse(text)
        .map_err(|error| StoreError::Corrupt(format!("a document cannot be read: {error}")))?;
    let record = Record {
        action,
        cancelled: row.integer(2)? != 0,
        sequence: row.integer(1)?,
        document: Arc::from(text),
    };
    Ok((row.integer(0)?, record))
}

/// An entry out of [`JOURNAL`].
pub(crate) fn entry(row: &Row<'_>, tenant: TenantId) -> Result<Entry, StoreError> {
    Ok(Entry {
        tenant,
        sequence: row.integer(0)?,
        at: Timestamp::from_ticks(row.integer(1)?),
        subject: row.uuid(2)?,
        request: RequestId(row.uuid(3)?),
        kind: u8::try_from(row.integer(4)?)
            .map_err(|_| StoreError::Corrupt("an entry's kind is no byte".to_owned()))?,
        actor: Arc::from(row.text(5)?),
        change: Arc::from(row.text(6)?),
        previous: row.array(7)?,
        hash: row.array(8)?,
    })
}

/// A filing out of [`FILING`].
pub(crate) fn filing(row: &Row<'_>) -> Result<Filing, StoreError> {
    Ok(Filing { action: ActionId(row.uuid(0)?), digest: row.array(1)? })
}

/// An app out of its document.
pub(crate) fn app(text: &str) -> Result<App, StoreError> {
    serde_json::from_str(text).map_err(|error| StoreError::Corrupt(format!("an app cannot be read: {error}")))
}

/// The parameters of [`INSERT_ENTRY`].
pub(crate) fn entry_values(tenant: i64, entry: &Entry) -> [Value<'_>; 10] {
    [
        tenant.into(),
        entry.sequence.into(),
        entry.at.ticks().into(),
        entry.subject.into(),
        entry.request.0.into(),
        i64::from(entry.kind).into(),
        (&*entry.actor).into(),
        (&*entry.change).into(),
        entry.previous.as_slice().into(),
        entry.hash.as_slice().into(),
    ]
}

/// The key columns of a filing.
pub(crate) fn filing_key(tenant: i64, key: &FilingKey) -> [Value<'_>; 3] {
    [tenant.into(), (&*key.app.0).into(), key.context.as_str().into()]
}

/// The parameters of [`INSERT_ACTION`].
pub(crate) fn insert_values(tenant: i64, record: &Record) -> Vec<Value<'_>> {
    let mut values = Vec::with_capacity(23);
    values.extend(progress_values(record));
    values.extend(filed_values(record));
    values.extend([tenant.into(), record.action.id.0.into()]);
    values
}

/// The statement that updates `columns` of the row `rid`, and its parameters.
pub(crate) fn update(record: &Record, columns: Columns, rid: i64) -> (&'static str, Vec<Value<'_>>) {
    let mut values = Vec::with_capacity(22);
    values.extend(progress_values(record));
    let text = match columns {
        Columns::Progress => UPDATE_PROGRESS,
        Columns::All => {
            values.extend(filed_values(record));
            UPDATE_ALL
        }
    };
    values.push(rid.into());
    (text, values)
}

/// What changes as an action goes on.
fn progress_values(record: &Record) -> [Value<'_>; 10] {
    let action = &record.action;
    let error = action.error_info.as_ref();
    [
        record.sequence.into(),
        i64::from(record.cancelled).into(),
        RENDER_VERSION.into(),
        action.status.number().into(),
        action.last_action.ticks().into(),
        action.completed.map(Timestamp::ticks).into(),
        error.map(|error| i64::from(error.code)).into(),
        error.map(|error| i64::from(error.subcode)).into(),
        error.and_then(|error| error.message.as_deref()).into(),
        (&*record.document).into(),
    ]
}

/// What was filed and seldom changes.
fn filed_values(record: &Record) -> [Value<'_>; 11] {
    let action = &record.action;
    let vendor = &action.vendor_information;
    [
        (&action.action_reason).into(),
        (&action.app_id).into(),
        (&action.azure_tenant_id).into(),
        (&action.client_context).into(),
        action.created.ticks().into(),
        action.name.as_str().into(),
        (&action.user).into(),
        (&vendor.provider).into(),
        (&vendor.provider_version).into(),
        (&vendor.sub_provider).into(),
        (&vendor.vendor).into(),
    ]
}
