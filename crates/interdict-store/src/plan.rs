//! What a batch writes: its write set as rows of values, in the order in which they must be written.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use interdict_model::TenantId;
use interdict_model::view::{ActionWrite, Columns, WriteSet};

use crate::tables::{self, Write};
use crate::{StoreError, Value, rows};

/// Rows, and what is done with them.
pub(crate) type Step<'a> = (&'static Write, Vec<Vec<Value<'a>>>);

/// The apps' documents, which the steps borrow.
pub(crate) fn app_documents(writes: &WriteSet) -> Vec<String> {
    let documents = writes.apps.values().map(|app| serde_json::to_string(app).unwrap_or_default());
    documents.collect()
}

/// The steps of a batch. Every tenant has its small key by now; heads of new tenants are there already.
pub(crate) fn steps<'a>(
    writes: &'a WriteSet,
    apps: &'a [String],
    tenants: &HashMap<TenantId, i64>,
    is_new: impl Fn(TenantId) -> bool,
) -> Result<Vec<Step<'a>>, StoreError> {
    let key = |tenant: TenantId| {
        let key = tenants.get(&tenant).copied();
        key.ok_or_else(|| StoreError::Corrupt(format!("tenant `{tenant}` has no journal")))
    };
    let mut heads = Vec::new();
    for (tenant, head) in writes.heads.iter().filter(|(tenant, _)| !is_new(**tenant)) {
        heads.push(rows::head_values(key(*tenant)?, head));
    }
    let mut unfiled = Vec::new();
    for (tenant, id) in &writes.unfiled {
        unfiled.push(vec![key(*tenant)?.into(), id.0.into()]);
    }
    let (mut inserted, mut changed, mut removed) = (Vec::new(), Vec::new(), Vec::new());
    let (mut detailed, mut moved, mut progressed) = (Vec::new(), Vec::new(), Vec::new());
    for ((tenant, id), write) in &writes.actions {
        let tenant = key(*tenant)?;
        match write {
            ActionWrite::Insert(record) => inserted.push(rows::action_values(tenant, record, Columns::All)),
            ActionWrite::Update(record, columns) => match columns {
                Columns::Detail => &mut detailed,
                Columns::Period => &mut moved,
                Columns::Progress => &mut progressed,
                Columns::All => &mut changed,
            }
            .push(rows::action_values(tenant, record, *columns)),
            ActionWrite::Delete => removed.push(vec![tenant.into(), id.0.into()]),
        }
    }
    let mut filings = Vec::new();
    for (filing_key, filing) in &writes.filings {
        let mut values = vec![filing.action.0.into(), filing.digest.as_slice().into()];
        values.extend(rows::filing_key(key(filing_key.tenant)?, filing_key));
        filings.push(values);
    }
    let (mut given, mut taken) = (Vec::new(), Vec::new());
    for ((tenant, value, action), has) in &writes.parameters {
        let row = vec![key(*tenant)?.into(), (*value).into(), action.0.into()];
        if *has { given.push(row) } else { taken.push(row) }
    }
    let (mut put_apps, mut cleared_apps) = (Vec::new(), Vec::new());
    for (((tenant, id), app), document) in writes.apps.iter().zip(apps) {
        let tenant = key(*tenant)?;
        match app {
            Some(_) => put_apps.push(vec![document.as_str().into(), tenant.into(), (&*id.0).into()]),
            None => cleared_apps.push(vec![tenant.into(), (&*id.0).into()]),
        }
    }
    let mut entries = Vec::with_capacity(writes.entries.len());
    for entry in &writes.entries {
        entries.push(rows::entry_values(key(entry.tenant)?, entry));
    }
    let (mut sealed, mut seals) = (BTreeMap::new(), Vec::new());
    for ((tenant, sequence), seal) in &writes.seals {
        let tenant = key(*tenant)?;
        // Of several the last counts.
        sealed.insert(tenant, vec![(*sequence).into(), tenant.into()]);
        seals.push(rows::seal_values(tenant, seal));
    }
    let (mut due, mut done) = (Vec::new(), Vec::new());
    for (tenant, at) in &writes.sealing {
        let duty = [tables::SEALING.into(), key(*tenant)?.into()];
        match at {
            Some(at) => due.push([at.ticks().into()].into_iter().chain(duty).collect()),
            None => done.push(duty.into()),
        }
    }
    let mut revoked = Vec::new();
    for ((tenant, id), at) in &writes.revoked {
        revoked.push(vec![at.ticks().into(), key(*tenant)?.into(), (&*id.0).into()]);
    }
    let mut prunings = Vec::new();
    for ((tenant, _), pruning) in &writes.prunings {
        prunings.push(rows::pruning_values(key(*tenant)?, pruning));
    }
    let (mut executions, mut unrouted, mut renewed) = (Vec::new(), Vec::new(), Vec::new());
    for ((tenant, id), execution) in &writes.executions {
        let tenant = key(*tenant)?;
        match execution {
            Some(execution) => executions.push(rows::execution_values(tenant, *id, execution)),
            None => unrouted.push(vec![tenant.into(), id.0.into()]),
        }
    }
    for ((tenant, id), execution) in &writes.extended {
        renewed.push(rows::renewal_values(key(*tenant)?, *id, execution).into());
    }
    let mut effects = Vec::new();
    for ((tenant, _), effect) in &writes.effects {
        effects.push(rows::effect_values(key(*tenant)?, effect));
    }
    let (mut answered, mut forgotten) = (Vec::new(), Vec::new());
    for (request, answer) in &writes.answered {
        let id = rows::answered_key(key(request.tenant)?, request);
        match answer {
            Some(answer) => {
                let mut values: Vec<Value<'_>> =
                    vec![answer.digest.as_slice().into(), answer.at.ticks().into()];
                values.extend([answer.action.0.into(), answer.sequence.into(), (&*answer.document).into()]);
                values.extend(id);
                answered.push(values);
            }
            None => forgotten.push(id),
        }
    }
    let mut seen = Vec::new();
    for ((tenant, provider, instance), at) in &writes.seen {
        let at = at.ticks().into();
        seen.push(vec![at, key(*tenant)?.into(), provider.0.into(), instance.as_str().into()]);
    }
    let (mut put_settings, mut cleared_settings, mut versions) = (Vec::new(), Vec::new(), Vec::new());
    for ((tenant, setting_key), setting) in &writes.settings {
        let id = [key(*tenant)?.into(), setting_key.kind().into(), Value::from(setting_key.id())];
        match setting {
            Some(setting) => put_settings.push([Value::from(setting.text())].into_iter().chain(id).collect()),
            None => cleared_settings.push(id.into()),
        }
    }
    for (tenant, version) in &writes.settings_versions {
        versions.push(vec![(*version).into(), key(*tenant)?.into()]);
    }
    let places = |of: &BTreeSet<(TenantId, i64)>| {
        let place = |(tenant, sequence): &(TenantId, i64)| Ok(vec![key(*tenant)?.into(), (*sequence).into()]);
        of.iter().map(place).collect::<Result<Vec<_>, StoreError>>()
    };
    let mut steps = vec![
        (&tables::UPDATE_HEAD, heads),
        (&tables::CLEAR_FILINGS, unfiled),
        (&tables::INSERT_ACTION, inserted),
        (&tables::UPDATE_DETAIL, detailed),
        (&tables::UPDATE_PERIOD, moved),
        (&tables::UPDATE_PROGRESS, progressed),
        (&tables::UPDATE_ACTION, changed),
        (&tables::REMOVE_ACTION, removed),
        (&tables::PUT_EXECUTION, executions),
        (&tables::CLEAR_EXECUTION, unrouted),
        (&tables::EXTEND_LEASE, renewed),
        (&tables::PUT_EFFECT, effects),
        (&tables::PUT_ANSWERED, answered),
        (&tables::CLEAR_ANSWERED, forgotten),
        (&tables::PUT_SEEN, seen),
        (&tables::PUT_SETTING, put_settings),
        (&tables::CLEAR_SETTING, cleared_settings),
        (&tables::SETTINGS_HEAD, versions),
        (&tables::CLEAR_PARAMETER, taken),
        (&tables::PUT_PARAMETER, given),
        (&tables::PUT_FILING, filings),
        (&tables::PUT_APP, put_apps),
        (&tables::CLEAR_APP, cleared_apps),
        (&tables::PUT_REVOCATION, revoked),
        (&tables::PUT_KEY, writes.keys.values().map(rows::key_values).collect()),
        (&tables::INSERT_ENTRY, entries),
        (&tables::SEALED_HEAD, sealed.into_values().collect()),
        (&tables::PUT_SEAL, seals),
        (&tables::PUT_DUTY, due),
        (&tables::CLEAR_DUTY, done),
        (&tables::PUT_PRUNING, prunings),
        (&tables::CLEAR_ENTRY, places(&writes.forgotten_entries)?),
        (&tables::CLEAR_SEAL, places(&writes.forgotten_seals)?),
    ];
    steps.retain(|(_, rows)| !rows.is_empty());
    Ok(steps)
}
