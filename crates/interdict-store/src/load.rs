//! What a batch must see: its read set as keys to look up, and rows as parts of the view.

use std::collections::{BTreeMap, HashMap};

use interdict_model::effect::{Effect, EffectKey};
use interdict_model::view::{FilingKey, IdempotencyKey, Queue, ReadSet, Record};
use interdict_model::{ActionId, AppId, ProviderId, TenantId, View};

use crate::engine::Row;
use crate::{StoreError, Value, rows};

/// Candidates that are loaded of a queue beside those that are asked for: some may be waiting for another.
const SPARE_CANDIDATES: i64 = 16;
/// Candidates that are loaded of a queue at the most.
const MOST_CANDIDATES: i64 = 512;

/// The keys that are looked up, each once. Those of tenants that are not there yet are left out.
#[derive(Debug, Default)]
pub(crate) struct Wanted<'a> {
    filings: Vec<(i64, &'a FilingKey)>,
    actions: Vec<(i64, TenantId, ActionId)>,
    apps: Vec<(i64, &'a (TenantId, AppId))>,
    queues: Vec<WantedQueue>,
    occupied: Vec<(i64, TenantId, ProviderId)>,
    answered: Vec<(i64, &'a IdempotencyKey)>,
}

/// What is to be loaded of a provider's queue.
#[derive(Debug)]
pub(crate) struct WantedQueue {
    pub(crate) key: i64,
    pub(crate) tenant: TenantId,
    pub(crate) provider: ProviderId,
    /// So many candidates.
    pub(crate) count: i64,
    /// For the member of that name; for anybody without one.
    pub(crate) name: String,
}

impl WantedQueue {
    /// As [`crate::tables::QUEUE`] takes it; the first two are what the provider is found by.
    pub(crate) fn values(&self) -> [Value<'static>; 4] {
        let name = format!("\n{}\n", self.name);
        [self.key.into(), self.provider.0.into(), Value::Text(Some(name.into())), self.count.into()]
    }

    /// The view learns of a candidate.
    pub(crate) fn found(&self, row: &Row<'_>, view: &mut View) -> Result<(), StoreError> {
        let id = ActionId(row.uuid(0)?);
        found(rows::loaded(row, 1)?, (self.tenant, id), view);
        let queue = view.queues.entry((self.tenant, self.provider)).or_default();
        queue.candidates.entry(self.name.clone()).or_default().push(id);
        Ok(())
    }
}

/// Keys of effects, each with its tenant's small key.
#[derive(Debug, Default)]
pub(crate) struct WantedEffects(Vec<(i64, TenantId, EffectKey)>);

impl WantedEffects {
    /// What the filings of `reads` would have in force, by the settings that the view has by now.
    pub(crate) fn of(reads: &ReadSet, tenants: &HashMap<TenantId, i64>, view: &View) -> Self {
        let mut keys = BTreeMap::new();
        for probe in &reads.probes {
            let settings = view.settings.get(&probe.tenant).filter(|settings| !settings.providers.is_empty());
            if let Some(tenant) = tenants.get(&probe.tenant)
                && let Some(key) = settings.and_then(|settings| probe.effect_key(settings))
                && view.effect(probe.tenant, &key).is_none()
            {
                keys.insert((*tenant, key), probe.tenant);
            }
        }
        Self(keys.into_iter().map(|((tenant, key), of)| (tenant, of, key)).collect())
    }

    pub(crate) fn keys(&self) -> Vec<Vec<Value<'static>>> {
        let key = |(tenant, _, key): &(i64, TenantId, EffectKey)| {
            vec![(*tenant).into(), key.provider.0.into(), key.hash().into()]
        };
        self.0.iter().map(key).collect()
    }

    /// The view learns of the effect with that index.
    pub(crate) fn found(&self, index: usize, row: &Row<'_>, view: &mut View) -> Result<(), StoreError> {
        let Some((_, tenant, _)) = self.0.get(index) else { return Err(unasked()) };
        let effect = rows::effect(row.text(0)?)?;
        view.effects.insert((*tenant, effect.key.clone()), effect);
        Ok(())
    }
}

impl<'a> Wanted<'a> {
    /// The keys of `reads`. The view learns of each that it is not there, until its row is found. Providers that may be
    /// `fleets` have a queue for each member.
    pub(crate) fn of(
        reads: &'a ReadSet,
        tenants: &HashMap<TenantId, i64>,
        fleets: impl Fn(TenantId, ProviderId) -> bool,
        view: &mut View,
    ) -> Self {
        let mut wanted = Self::default();
        for key in &reads.filings {
            if view.filings.insert(key.clone(), None).is_none()
                && let Some(tenant) = tenants.get(&key.tenant)
            {
                wanted.filings.push((*tenant, key));
            }
        }
        for (tenant, id) in &reads.actions {
            if view.actions.insert((*tenant, *id), None).is_none()
                && let Some(key) = tenants.get(tenant)
            {
                wanted.actions.push((*key, *tenant, *id));
            }
        }
        for key in &reads.apps {
            if view.apps.insert(key.clone(), None).is_none()
                && let Some(tenant) = tenants.get(&key.0)
            {
                wanted.apps.push((*tenant, key));
            }
        }
        for key in &reads.idempotency {
            if view.answered.insert(key.clone(), None).is_none()
                && let Some(tenant) = tenants.get(&key.tenant)
            {
                wanted.answered.push((*tenant, key));
            }
        }
        let mut counts: BTreeMap<_, i64> = BTreeMap::new();
        for (tenant, provider, candidates, name) in &reads.queues {
            if let Some(key) = tenants.get(tenant) {
                let name = if fleets(*tenant, *provider) { name.as_str() } else { "" };
                let count = counts.entry((*key, *tenant, *provider, name)).or_insert(SPARE_CANDIDATES);
                *count = (*count + i64::from(*candidates)).min(MOST_CANDIDATES);
                view.queues.entry((*tenant, *provider)).or_default();
            }
        }
        let queue = |((key, tenant, provider, name), count): (_, i64)| {
            let name = str::to_owned(name);
            WantedQueue { key, tenant, provider, count, name }
        };
        wanted.queues = counts.into_iter().map(queue).collect();
        for (tenant, provider) in &reads.occupied {
            wanted.occupied.extend(tenants.get(tenant).map(|key| (*key, *tenant, *provider)));
        }
        wanted
    }

    pub(crate) fn filing_keys(&self) -> Vec<Vec<Value<'a>>> {
        self.filings.iter().map(|(tenant, key)| rows::filing_key(*tenant, key)).collect()
    }

    pub(crate) fn action_keys(&self) -> Vec<Vec<Value<'a>>> {
        self.actions.iter().map(|(tenant, _, id)| vec![(*tenant).into(), id.0.into()]).collect()
    }

    pub(crate) fn app_keys(&self) -> Vec<Vec<Value<'a>>> {
        self.apps.iter().map(|(tenant, key)| vec![(*tenant).into(), (&*key.1.0).into()]).collect()
    }

    /// The view learns of the filing with that index, and of the action that it names.
    pub(crate) fn found_filing(
        &self,
        index: usize,
        row: &Row<'_>,
        view: &mut View,
    ) -> Result<(), StoreError> {
        let Some((_, key)) = self.filings.get(index) else { return Err(unasked()) };
        let filing = rows::filing(row)?;
        view.filings.insert((*key).clone(), Some(filing));
        let action = (key.tenant, filing.action);
        if row.is_null(2)? {
            view.actions.insert(action, None);
            return Ok(());
        }
        found(rows::loaded(row, 2)?, action, view);
        Ok(())
    }

    /// The view learns of the action with that index.
    pub(crate) fn found_action(
        &self,
        index: usize,
        row: &Row<'_>,
        view: &mut View,
    ) -> Result<(), StoreError> {
        let Some((_, tenant, id)) = self.actions.get(index) else { return Err(unasked()) };
        found(rows::loaded(row, 0)?, (*tenant, *id), view);
        Ok(())
    }

    pub(crate) fn answered_keys(&self) -> Vec<Vec<Value<'a>>> {
        self.answered.iter().map(|(tenant, key)| rows::answered_key(*tenant, key)).collect()
    }

    /// The view learns of the answered filing with that index.
    pub(crate) fn found_answered(
        &self,
        index: usize,
        row: &Row<'_>,
        view: &mut View,
    ) -> Result<(), StoreError> {
        let Some((_, key)) = self.answered.get(index) else { return Err(unasked()) };
        view.answered.insert((*key).clone(), Some(rows::answered(row)?));
        Ok(())
    }

    /// The queues that are asked for.
    pub(crate) fn queues(&self) -> &[WantedQueue] {
        &self.queues
    }

    /// The providers of which is asked whether they are occupied.
    pub(crate) fn occupied(&self) -> &[(i64, TenantId, ProviderId)] {
        &self.occupied
    }

    /// The view learns of the app with that index.
    pub(crate) fn found_app(&self, index: usize, row: &Row<'_>, view: &mut View) -> Result<(), StoreError> {
        let Some((_, key)) = self.apps.get(index) else { return Err(unasked()) };
        view.apps.insert((*key).clone(), Some(rows::app(row.text(0)?)?));
        Ok(())
    }
}

/// An action that its provider may be about to begin: its tenant's small key, its tenant, it, its provider.
pub(crate) type Start = (i64, TenantId, ActionId, ProviderId);

/// Those of `reads` that are carried out and that nobody is at, by what was loaded.
pub(crate) fn starts(reads: &ReadSet, tenants: &HashMap<TenantId, i64>, view: &View) -> Vec<Start> {
    let start = |(tenant, id): &(TenantId, ActionId)| {
        let execution = view.action(*tenant, *id)?.execution.as_ref().filter(|it| it.would_be_begun())?;
        Some((*tenants.get(tenant)?, *tenant, *id, execution.provider))
    };
    let mut starts: Vec<_> = reads.starts.iter().filter_map(start).collect();
    starts.sort_unstable();
    starts.dedup();
    starts
}

/// The view learns of what is in the way of a start, a row of [`crate::tables::IN_THE_WAY`].
pub(crate) fn found_in_the_way(
    (_, tenant, id, _): &Start,
    row: &Row<'_>,
    view: &mut View,
) -> Result<(), StoreError> {
    let other = ActionId(row.uuid(0)?);
    found(rows::loaded(row, 1)?, (*tenant, other), view);
    view.in_the_way.entry((*tenant, *id)).or_default().push(other);
    Ok(())
}

/// The view learns that what is in the way of a start has been looked for, and how many actions its provider has.
pub(crate) fn looked_in_the_way((_, tenant, id, provider): &Start, in_flight: i64, view: &mut View) {
    view.in_the_way.entry((*tenant, *id)).or_default();
    let queue = || Queue { in_flight, ..Queue::default() };
    view.queues.entry((*tenant, *provider)).or_insert_with(queue);
}

/// The view learns of an action and of its effect.
fn found((record, effect): (Record, Option<Effect>), key: (TenantId, ActionId), view: &mut View) {
    if let Some(effect) = effect {
        view.effects.insert((key.0, effect.key.clone()), effect);
    }
    view.actions.insert(key, Some(record));
}

fn unasked() -> StoreError {
    StoreError::Corrupt("the database answered a key that was not asked for".to_owned())
}
