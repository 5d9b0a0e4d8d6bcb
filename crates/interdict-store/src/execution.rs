//! Reading what is carried out: executions, settings, effects, and what is due.

use std::collections::HashMap;

use interdict_model::effect::Effect;
use interdict_model::settings::Settings;
use interdict_model::view::{IdempotencyKey, Record};
use interdict_model::{ActionId, AppId, Execution, ProviderId, TenantId, TenantScope, Timestamp};

use crate::{Patience, Store, StoreError, Value, dialect, rows, tables};

const DUE_ACTIONS: &str = "SELECT head.guid, execution.action FROM execution \
     JOIN head ON head.tenant = execution.tenant WHERE execution.timer <= $1 ORDER BY execution.timer LIMIT $2";
const DUE_EFFECTS: &str = "SELECT head.guid, effect.doc FROM effect \
     JOIN head ON head.tenant = effect.tenant WHERE effect.timer <= $1 ORDER BY effect.timer LIMIT $2";
const HAS_WORK: &str = "SELECT 1 FROM execution WHERE tenant = $1 AND provider = $2 AND rank IS NOT NULL \
     AND (awaits IS NULL OR replace(awaits, $3, '') <> awaits) LIMIT 1";
/// Those that changed after an entry; from the beginning on, of what is over there is nothing to tell.
const EFFECTS: &str = "SELECT doc FROM effect WHERE tenant = $1 AND provider = $2 AND sequence > $3 \
     AND sequence > 0 AND ($3 > 0 OR state < 5) ORDER BY sequence LIMIT $4";
/// States before `ended`.
const IN_FORCE: &str = "SELECT doc FROM effect WHERE tenant = $1 AND state < 5";
/// What is unfinished, and what is finished and wanted in force: phases before the final ones, states before `ending`.
const STANDING: &str = "SELECT action, doc, expires, renewed FROM execution \
         WHERE tenant = $1 AND phase >= 0 AND phase < 7 \
     UNION ALL SELECT action, doc, expires, renewed FROM execution \
         WHERE tenant = $1 AND effect_state < 3 AND phase >= 7";
/// When each of a provider's programs asked last, none being the one without a name.
const SEEN: &str = "SELECT provider, instance, at FROM seen WHERE tenant = $1";
const ANSWERED_BEFORE: &str = "SELECT head.guid, answered.app, answered.key FROM answered \
     JOIN head ON head.tenant = answered.tenant WHERE answered.at < $1 ORDER BY answered.at LIMIT $2";
const EXECUTION: &str = "SELECT doc, expires, renewed FROM execution WHERE tenant = $1 AND action = $2";

/// Something that is due.
#[derive(Clone, Debug)]
pub enum DueRow {
    /// A deadline of an action.
    Action(ActionId),
    /// The end of an effect.
    Effect(Box<Effect>),
}

impl Store {
    /// One action with its execution and effect.
    ///
    /// # Errors
    /// As [`Store::action`].
    pub async fn record(
        &self,
        scope: TenantScope,
        id: ActionId,
    ) -> Result<Option<(Record, Option<Effect>)>, StoreError> {
        let mut reader = self.by_key().await?;
        let mut session = reader.session()?;
        let Some(tenant) = self.tenant_key(&mut session, scope).await? else { return Ok(None) };
        let text = dialect::read_row(&tables::RECORD);
        session.first(text, &[tenant.into(), id.0.into()], |row| rows::loaded(row, 0)).await
    }

    /// The executions of those of `ids` that have one.
    ///
    /// # Errors
    /// As [`Store::action`].
    pub async fn executions(
        &self,
        scope: TenantScope,
        ids: &[ActionId],
    ) -> Result<HashMap<ActionId, Execution>, StoreError> {
        let mut reader = self.by_key().await?;
        let mut session = reader.session()?;
        let mut found = HashMap::new();
        let Some(tenant) = self.tenant_key(&mut session, scope).await? else { return Ok(found) };
        for id in ids {
            let values = [tenant.into(), id.0.into()];
            let execution = session.first(EXECUTION, &values, |row| rows::execution(row, 0)).await?;
            found.extend(execution.flatten().map(|execution| (*id, execution)));
        }
        Ok(found)
    }

    /// Of the tenant's actions that are unfinished or have something in force, those that `keep` keeps.
    ///
    /// # Errors
    /// As [`Store::action`]; [`StoreError::Deadline`] where it takes longer than `patience`.
    pub async fn standing(
        &self,
        scope: TenantScope,
        patience: Patience,
        keep: impl Fn(&Execution) -> bool,
    ) -> Result<Vec<(ActionId, Execution)>, StoreError> {
        let mut reader = self.reader(Some(patience)).await?;
        let mut session = reader.session()?;
        let mut found = Vec::new();
        let Some(tenant) = self.tenant_key(&mut session, scope).await? else { return Ok(found) };
        session
            .each(STANDING, &[tenant.into()], |row| {
                let execution = rows::execution(row, 1)?.filter(|execution| keep(execution));
                if let Some(execution) = execution {
                    found.push((ActionId(row.uuid(0)?), execution));
                }
                Ok(())
            })
            .await?;
        Ok(found)
    }

    /// The tenant's settings.
    ///
    /// # Errors
    /// As [`Store::action`].
    pub async fn settings(&self, scope: TenantScope) -> Result<Settings, StoreError> {
        let mut reader = self.by_key().await?;
        let mut session = reader.session()?;
        let mut settings = Settings::default();
        let Some(tenant) = self.tenant_key(&mut session, scope).await? else { return Ok(settings) };
        session
            .each(tables::SETTINGS, &[tenant.into()], |row| {
                settings.put(rows::setting(row.text(0)?)?);
                Ok(())
            })
            .await?;
        Ok(settings)
    }

    /// Whether anything waits in the provider's queue, for the member of that name or for anybody.
    ///
    /// # Errors
    /// As [`Store::action`].
    pub async fn has_work(
        &self,
        scope: TenantScope,
        provider: ProviderId,
        name: &str,
    ) -> Result<bool, StoreError> {
        let mut reader = self.by_key().await?;
        let mut session = reader.session()?;
        let Some(tenant) = self.tenant_key(&mut session, scope).await? else { return Ok(false) };
        let name = format!("\n{name}\n");
        let values = [tenant.into(), provider.0.into(), Value::Text(Some(name.into()))];
        Ok(session.first(HAS_WORK, &values, |_| Ok(())).await?.is_some())
    }

    /// What is due by `now`, at most `limit` of either kind, the earliest first.
    ///
    /// # Errors
    /// As [`Store::action`].
    pub async fn due(&self, now: Timestamp, limit: u32) -> Result<Vec<(TenantId, DueRow)>, StoreError> {
        let mut reader = self.by_key().await?;
        let mut session = reader.session()?;
        let values = [now.ticks().into(), i64::from(limit).into()];
        let mut due = session
            .all(DUE_ACTIONS, &values, |row| {
                Ok((TenantId(row.uuid(0)?), DueRow::Action(ActionId(row.uuid(1)?))))
            })
            .await?;
        let effects = session
            .all(DUE_EFFECTS, &values, |row| {
                let tenant = TenantId(row.uuid(0)?);
                // A row that was altered keeps no other from its end.
                let effect = rows::effect(row.text(1)?);
                let effect = effect
                    .inspect_err(|error| tracing::error!(%error, tenant = %tenant.0, "an effect cannot end"));
                Ok(effect.ok().map(|effect| (tenant, DueRow::Effect(Box::new(effect)))))
            })
            .await?;
        due.extend(effects.into_iter().flatten());
        Ok(due)
    }

    /// The effects of a provider that changed after an entry, in that order; after 0 those that are or may be in force.
    ///
    /// # Errors
    /// As [`Store::action`].
    pub async fn effects(
        &self,
        scope: TenantScope,
        provider: ProviderId,
        after: i64,
        limit: u32,
    ) -> Result<Vec<Effect>, StoreError> {
        let mut reader = self.by_key().await?;
        let mut session = reader.session()?;
        let Some(tenant) = self.tenant_key(&mut session, scope).await? else { return Ok(Vec::new()) };
        let values = [tenant.into(), provider.0.into(), after.into(), i64::from(limit).into()];
        session.all(EFFECTS, &values, |row| rows::effect(row.text(0)?)).await
    }

    /// Those effects of the tenant that are or may be in force, and for which it holds; not many more than `limit`.
    ///
    /// # Errors
    /// As [`Store::action`].
    pub async fn effects_in_force(
        &self,
        scope: TenantScope,
        limit: usize,
        holds: impl Fn(&Effect) -> bool + Send + Sync,
    ) -> Result<Vec<Effect>, StoreError> {
        let mut reader = self.by_key().await?;
        let mut session = reader.session()?;
        let mut effects = Vec::new();
        let Some(tenant) = self.tenant_key(&mut session, scope).await? else { return Ok(effects) };
        session
            .each(IN_FORCE, &[tenant.into()], |row| {
                if effects.len() < limit {
                    effects.extend(Some(rows::effect(row.text(0)?)?).filter(|effect| holds(effect)));
                }
                Ok(())
            })
            .await?;
        Ok(effects)
    }

    /// When each provider's programs asked for work last, by provider and the name that each gives itself.
    ///
    /// # Errors
    /// As [`Store::action`].
    pub async fn seen(&self, scope: TenantScope) -> Result<Vec<(ProviderId, String, Timestamp)>, StoreError> {
        let mut reader = self.by_key().await?;
        let mut session = reader.session()?;
        let Some(tenant) = self.tenant_key(&mut session, scope).await? else { return Ok(Vec::new()) };
        session
            .all(SEEN, &[tenant.into()], |row| {
                let at = Timestamp::from_ticks(row.integer(2)?);
                Ok((ProviderId(row.uuid(0)?), row.text(1)?.to_owned(), at))
            })
            .await
    }

    /// Filings with idempotency keys that were answered before `before`, the oldest first.
    ///
    /// # Errors
    /// As [`Store::action`].
    pub async fn answered_before(
        &self,
        before: Timestamp,
        limit: u32,
    ) -> Result<Vec<IdempotencyKey>, StoreError> {
        let mut reader = self.by_key().await?;
        let mut session = reader.session()?;
        let values = [before.ticks().into(), i64::from(limit).into()];
        session
            .all(ANSWERED_BEFORE, &values, |row| {
                Ok(IdempotencyKey {
                    tenant: TenantId(row.uuid(0)?),
                    app: AppId(row.text(1)?.into()),
                    key: row.text(2)?.to_owned(),
                })
            })
            .await
    }
}
