//! Each table's statements, and its rows as the model's values.

use std::sync::Arc;

use interdict_model::app::App;
use interdict_model::document::{self, RENDER_VERSION};
use interdict_model::journal::{Entry, Head};
use interdict_model::key::{KeyKind, SharedKey};
use interdict_model::pruning::Pruning;
use interdict_model::seal::Seal;
use interdict_model::view::{Columns, Filing, FilingKey, Record};
use interdict_model::{ActionId, RequestId, TenantId, Timestamp};

use crate::engine::Row;
use crate::{StoreError, Value};

pub(crate) const TENANTS: &str = "SELECT guid, tenant, sequence, hash, at FROM head ORDER BY guid";
pub(crate) const INSERT_HEAD: &str =
    "INSERT INTO head (guid, sequence, hash, at) VALUES ($1, $2, $3, $4) RETURNING tenant";
pub(crate) const APP: &str = "SELECT doc FROM app WHERE tenant = $1 AND app_id = $2";
pub(crate) const APPS: &str = "SELECT doc FROM app WHERE tenant = $1";
/// Entries after a sequence, for [`entry`].
pub(crate) const JOURNAL: &str = "SELECT sequence, at, subject, request, kind, actor, change, previous, hash \
     FROM journal WHERE tenant = $1 AND sequence > $2 ORDER BY sequence LIMIT $3";

/// Seals after a sequence, for [`seal`].
pub(crate) const SEALS: &str = "SELECT sequence, hash, at, key, signature FROM seal \
     WHERE tenant = $1 AND sequence > $2 ORDER BY sequence LIMIT $3";

/// How far a journal was pruned, for [`pruning`].
pub(crate) const PRUNING: &str = "SELECT sequence, hash, at, kept, digest FROM pruning \
     WHERE tenant = $1 ORDER BY sequence DESC LIMIT 1";

/// The end of a chain out of three columns from `first` on: sequence, hash, at.
pub(crate) fn head(row: &Row<'_>, first: usize) -> Result<Head, StoreError> {
    Ok(Head {
        sequence: row.integer(first)?,
        hash: row.array(first + 1)?,
        at: Timestamp::from_ticks(row.integer(first + 2)?),
    })
}

/// An action out of three columns from `first` on: sequence, cancelled, doc.
pub(crate) fn record(row: &Row<'_>, first: usize) -> Result<Record, StoreError> {
    let text = row.text(first + 2)?;
    let action = document::parse(text)
        .map_err(|error| StoreError::Corrupt(format!("a document cannot be read: {error}")))?;
    Ok(Record {
        action,
        cancelled: row.integer(first + 1)? != 0,
        sequence: row.integer(first)?,
        document: Arc::from(text),
    })
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

/// A filing out of two columns: action, digest.
pub(crate) fn filing(row: &Row<'_>) -> Result<Filing, StoreError> {
    Ok(Filing { action: ActionId(row.uuid(0)?), digest: row.array(1)? })
}

/// An app out of its document.
pub(crate) fn app(text: &str) -> Result<App, StoreError> {
    serde_json::from_str(text).map_err(|error| StoreError::Corrupt(format!("an app cannot be read: {error}")))
}

/// The values of a tenant's head.
pub(crate) fn head_values(tenant: i64, head: &Head) -> Vec<Value<'_>> {
    vec![head.sequence.into(), head.hash.as_slice().into(), head.at.ticks().into(), tenant.into()]
}

/// The values of an entry.
pub(crate) fn entry_values(tenant: i64, entry: &Entry) -> Vec<Value<'_>> {
    vec![
        entry.sequence.into(),
        entry.at.ticks().into(),
        entry.subject.into(),
        entry.request.0.into(),
        i64::from(entry.kind).into(),
        (&*entry.actor).into(),
        (&*entry.change).into(),
        entry.previous.as_slice().into(),
        entry.hash.as_slice().into(),
        tenant.into(),
    ]
}

/// The values of a pruning.
pub(crate) fn pruning_values(tenant: i64, pruning: &Pruning) -> Vec<Value<'_>> {
    vec![
        pruning.hash.as_slice().into(),
        pruning.at.ticks().into(),
        pruning.kept.into(),
        pruning.digest.as_slice().into(),
        tenant.into(),
        pruning.sequence.into(),
    ]
}

/// A pruning out of [`PRUNING`].
pub(crate) fn pruning(row: &Row<'_>) -> Result<Pruning, StoreError> {
    Ok(Pruning {
        sequence: row.integer(0)?,
        hash: row.array(1)?,
        at: Timestamp::from_ticks(row.integer(2)?),
        kept: row.integer(3)?,
        digest: row.array(4)?,
    })
}

/// The values of a seal.
pub(crate) fn seal_values(tenant: i64, seal: &Seal) -> Vec<Value<'_>> {
    vec![
        seal.hash.as_slice().into(),
        seal.at.ticks().into(),
        seal.key.as_str().into(),
        seal.signature.as_slice().into(),
        tenant.into(),
        seal.sequence.into(),
    ]
}

/// A seal out of [`SEALS`].
pub(crate) fn seal(row: &Row<'_>, tenant: TenantId) -> Result<Seal, StoreError> {
    Ok(Seal {
        tenant,
        sequence: row.integer(0)?,
        hash: row.array(1)?,
        at: Timestamp::from_ticks(row.integer(2)?),
        key: row.text(3)?.to_owned(),
        signature: row.array(4)?,
    })
}

/// Keys of one kind, for [`shared_key`].
pub(crate) const SHARED_KEYS: &str = "SELECT kind, id, created, public, secret, wrapped_by, revoked \
     FROM shared_key ORDER BY kind, created, id";

/// Apps that were removed at some instant or later.
pub(crate) const REVOCATIONS: &str = "SELECT head.guid, revocation.app_id, revocation.at \
     FROM revocation JOIN head ON head.tenant = revocation.tenant WHERE revocation.at >= $1";

/// The values of a key that the nodes share.
pub(crate) fn key_values(key: &SharedKey) -> Vec<Value<'_>> {
    vec![
        key.created.ticks().into(),
        key.public.as_slice().into(),
        key.secret.as_slice().into(),
        (&key.wrapped_by).into(),
        key.revoked.map(Timestamp::ticks).into(),
        i64::from(key.kind.number()).into(),
        key.id.as_str().into(),
    ]
}

/// A key out of [`SHARED_KEYS`]; `None` where it is of a kind that a newer version keeps.
pub(crate) fn shared_key(row: &Row<'_>) -> Result<Option<SharedKey>, StoreError> {
    let Some(kind) = KeyKind::from_number(row.integer(0)?) else { return Ok(None) };
    let text =
        |column| if row.is_null(column)? { Ok(None) } else { row.text(column).map(|it| Some(it.to_owned())) };
    let instant = |column| if row.is_null(column)? { Ok(None) } else { row.integer(column).map(Some) };
    Ok(Some(SharedKey {
        kind,
        id: row.text(1)?.to_owned(),
        created: Timestamp::from_ticks(row.integer(2)?),
        public: row.bytes(3)?.to_vec(),
        secret: row.bytes(4)?.to_vec(),
        wrapped_by: text(5)?,
        revoked: instant(6)?.map(Timestamp::from_ticks),
    }))
}

/// The key of a filing.
pub(crate) fn filing_key(tenant: i64, key: &FilingKey) -> Vec<Value<'_>> {
    vec![tenant.into(), (&*key.app.0).into(), key.context.as_str().into()]
}

/// The values of `columns` of an action, and its key.
pub(crate) fn action_values(tenant: i64, record: &Record, columns: Columns) -> Vec<Value<'_>> {
    let mut values = Vec::with_capacity(23);
    values.extend(progress_values(record));
    if columns == Columns::All {
        values.extend(filed_values(record));
    }
    values.extend([tenant.into(), record.action.id.0.into()]);
    values
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
