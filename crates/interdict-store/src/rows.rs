//! Each table's statements, and its rows as the model's values.

use std::borrow::Cow;
use std::sync::Arc;

use interdict_model::app::App;
use interdict_model::document::{self, RENDER_VERSION};
use interdict_model::effect::Effect;
use interdict_model::journal::{Entry, Head};
use interdict_model::key::{KeyKind, SharedKey};
use interdict_model::pruning::Pruning;
use interdict_model::seal::Seal;
use interdict_model::settings::Setting;
use interdict_model::view::{Answered, Columns, Filing, FilingKey, IdempotencyKey, Record};
use interdict_model::{ActionId, Execution, RequestId, TenantId, Timestamp};

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

/// An action as it is loaded, out of the columns of [`crate::tables::RECORD`] from `first` on: the record, and the effect
/// that it has or lifts.
pub(crate) fn loaded(row: &Row<'_>, first: usize) -> Result<(Record, Option<Effect>), StoreError> {
    let text = row.text(first + 2)?;
    let action = document::parse(text)
        .map_err(|error| StoreError::Corrupt(format!("a document cannot be read: {error}")))?;
    let record = Record {
        action,
        cancelled: row.integer(first + 1)? != 0,
        sequence: row.integer(first)?,
        document: Arc::from(text),
        execution: execution(row, first + 3)?.map(Arc::new),
    };
    let effect = if row.is_null(first + 6)? { None } else { Some(effect(row.text(first + 6)?)?) };
    Ok((record, effect))
}

/// An execution out of three columns: its document, and until when its lease, and those of members, were renewed since.
pub(crate) fn execution(row: &Row<'_>, first: usize) -> Result<Option<Execution>, StoreError> {
    if row.is_null(first)? {
        return Ok(None);
    }
    let mut execution: Execution = serde_json::from_str(row.text(first)?)
        .map_err(|error| StoreError::Corrupt(format!("an execution cannot be read: {error}")))?;
    if let Some(lease) = &mut execution.lease
        && !row.is_null(first + 1)?
    {
        lease.expires = Timestamp::from_ticks(row.integer(first + 1)?);
    }
    if let Some(fleet) = &mut execution.fleet
        && !row.is_null(first + 2)?
    {
        fleet
            .renew(row.text(first + 2)?)
            .map_err(|error| StoreError::Corrupt(format!("leases cannot be read: {error}")))?;
    }
    Ok(Some(execution))
}

/// An effect out of its document.
pub(crate) fn effect(text: &str) -> Result<Effect, StoreError> {
    serde_json::from_str(text)
        .map_err(|error| StoreError::Corrupt(format!("an effect cannot be read: {error}")))
}

/// An answered filing out of the columns of [`crate::tables::ANSWERED`].
pub(crate) fn answered(row: &Row<'_>) -> Result<Answered, StoreError> {
    Ok(Answered {
        digest: row.array(0)?,
        at: Timestamp::from_ticks(row.integer(1)?),
        action: ActionId(row.uuid(2)?),
        sequence: row.integer(3)?,
        document: row.text(4)?.into(),
    })
}

/// The key of an answered filing.
pub(crate) fn answered_key(tenant: i64, key: &IdempotencyKey) -> Vec<Value<'_>> {
    vec![tenant.into(), (&*key.app.0).into(), key.key.as_str().into()]
}

/// A provider's program out of [`crate::tables::MEMBERS`].
pub(crate) fn member(row: &Row<'_>) -> Result<(String, Timestamp), StoreError> {
    Ok((row.text(0)?.to_owned(), Timestamp::from_ticks(row.integer(1)?)))
}

/// A setting out of its document.
pub(crate) fn setting(text: &str) -> Result<Setting, StoreError> {
    serde_json::from_str(text)
        .map_err(|error| StoreError::Corrupt(format!("a setting cannot be read: {error}")))
}

/// The values of an execution, and its key.
pub(crate) fn execution_values(tenant: i64, id: ActionId, execution: &Execution) -> Vec<Value<'static>> {
    let state = execution.effect.as_ref().map(|holding| holding.state.number());
    let hold = i64::from(execution.holds_target()) + i64::from(execution.is_busy());
    let mut values = vec![
        execution.provider.0.into(),
        execution.phase.number().into(),
        state.into(),
        execution.deadline().map(Timestamp::ticks).into(),
        Value::Text(execution.effect_key().map(|key| Cow::Owned(key.hash()))),
        i64::from(execution.work.lifts).into(),
        execution.target_key(id).into(),
        execution.rank().into(),
        execution.filed.into(),
        hold.into(),
        Value::Text(execution.awaits().map(Cow::Owned)),
        Value::Text(Some(Cow::Owned(execution.text()))),
    ];
    values.extend(renewal_values(tenant, id, execution));
    values
}

/// The values of a renewed lease, and its key.
pub(crate) fn renewal_values(tenant: i64, id: ActionId, execution: &Execution) -> [Value<'static>; 5] {
    let expires = execution.lease.as_ref().map(|lease| lease.expires.ticks());
    let renewed = execution.fleet.as_ref().map(|fleet| Cow::Owned(fleet.renewals()));
    let timer = execution.timer().map(Timestamp::ticks);
    [expires.into(), Value::Text(renewed), timer.into(), tenant.into(), id.0.into()]
}

/// The values of an effect, and its key.
pub(crate) fn effect_values(tenant: i64, effect: &Effect) -> Vec<Value<'static>> {
    vec![
        effect.state.number().into(),
        effect.sequence.into(),
        effect.timer().map(Timestamp::ticks).into(),
        i64::from(effect.is_being_lifted()).into(),
        Value::Text(Some(Cow::Owned(effect.text()))),
        tenant.into(),
        effect.key.provider.0.into(),
        Value::Text(Some(Cow::Owned(effect.key.hash()))),
    ]
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
    let mut values = Vec::with_capacity(24);
    values.extend(detail_values(record));
    if columns >= Columns::Period {
        values.push(record.action.change_period().into());
    }
    if columns >= Columns::Progress {
        values.push(record.action.status.number().into());
    }
    if columns == Columns::All {
        values.extend(filed_values(record));
    }
    values.extend([tenant.into(), record.action.id.0.into()]);
    values
}

/// What changes as an action goes on.
fn detail_values(record: &Record) -> [Value<'_>; 9] {
    let action = &record.action;
    let error = action.error_info.as_ref();
    [
        record.sequence.into(),
        i64::from(record.cancelled).into(),
        RENDER_VERSION.into(),
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
