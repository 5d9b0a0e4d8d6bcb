//! What a decision sees and what it changes: plain data, loaded and written by the store.

mod decision;
mod filings;
mod reads;
mod turns;
mod writes;

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::{Arc, LazyLock};

pub use decision::{Answer, Decision, Handed};
pub use filings::{Answered, Filing, FilingKey, IdempotencyKey};
pub use reads::{Probe, Queue, ReadSet};
pub use turns::Turn;
pub use writes::{ActionWrite, Change, Columns, WriteSet};

use crate::action::SecurityAction;
use crate::app::App;
use crate::effect::{Effect, EffectKey};
use crate::guard::ProtectedTarget;
use crate::journal::{Entry, Head};
use crate::seal::SEAL_AFTER_SECONDS;
use crate::settings::Settings;
use crate::{ActionId, AppId, Execution, ProviderId, TenantId, Timestamp, catalog, document};

/// An action as it is stored.
#[derive(Clone, Debug, PartialEq)]
pub struct Record {
    /// The entity.
    pub action: SecurityAction,
    /// Whether it was cancelled, so that a repeated cancel is answered as the first.
    pub cancelled: bool,
    /// The journal sequence that last changed it.
    pub sequence: i64,
    /// The entity rendered ([`crate::document`]), as it is stored and sent.
    pub document: Arc<str>,
    /// How it is carried out; a recorded action has none.
    pub execution: Option<Arc<Execution>>,
}

impl Record {
    /// It as its provider is given it: with the secret values in their places.
    #[must_use]
    pub fn told(&self) -> Cow<'_, Self> {
        let Some(execution) = self.execution.as_ref().filter(|it| !it.work.secrets.is_empty()) else {
            return Cow::Borrowed(self);
        };
        let (mut action, mut execution) = (self.action.clone(), Execution::clone(execution));
        catalog::reveal(&mut action.parameters, &execution.work.secrets);
        catalog::reveal(&mut execution.work.parameters, &execution.work.secrets);
        let document = document::render(&action).into();
        Cow::Owned(Self { action, document, execution: Some(Arc::new(execution)), ..*self })
    }
}

/// What is stored, as far as a batch needs it. A key that was asked for and is not there is `None`.
#[derive(Clone, Debug, Default)]
pub struct View {
    /// The store's epoch.
    pub epoch: u32,
    /// Chain heads.
    pub heads: HashMap<TenantId, Head>,
    /// Up to which sequence journals are sealed.
    pub sealed: HashMap<TenantId, i64>,
    /// Actions.
    pub actions: HashMap<(TenantId, ActionId), Option<Record>>,
    /// Filings.
    pub filings: HashMap<FilingKey, Option<Filing>>,
    /// Apps.
    pub apps: HashMap<(TenantId, AppId), Option<App>>,
    /// Settings.
    pub settings: HashMap<TenantId, Arc<Settings>>,
    /// Effects of the actions that were loaded.
    pub effects: HashMap<(TenantId, EffectKey), Effect>,
    /// Queues.
    pub queues: HashMap<(TenantId, ProviderId), Queue>,
    /// Of actions that may be begun without a lease: those of their providers that hold their targets; each is in the view.
    /// Of one that waits for its provider, that provider's queue is in the view too, though perhaps without candidates.
    pub in_the_way: HashMap<(TenantId, ActionId), Vec<ActionId>>,
    /// Providers where something is unfinished or in force.
    pub occupied: HashMap<(TenantId, ProviderId), bool>,
    /// Requests that came with an idempotency key.
    pub answered: HashMap<IdempotencyKey, Option<Answered>>,
    /// What is protected wherever this node is: its own addresses, and what it reaches others by.
    pub own: Arc<[ProtectedTarget]>,
    /// Targets that were taken since the queues were loaded.
    pub taken: HashMap<(TenantId, ProviderId, i64), ActionId>,
}

impl View {
    /// The head of `tenant`'s chain; an unknown tenant's is the empty one.
    #[must_use]
    pub fn head(&self, tenant: TenantId) -> Head {
        self.heads.get(&tenant).copied().unwrap_or_default()
    }

    /// Up to which entry `tenant`'s journal is sealed.
    pub(crate) fn sealed(&self, tenant: TenantId) -> i64 {
        self.sealed.get(&tenant).copied().unwrap_or_default()
    }

    /// The action, if it is stored.
    #[must_use]
    pub fn action(&self, tenant: TenantId, id: ActionId) -> Option<&Record> {
        self.actions.get(&(tenant, id))?.as_ref()
    }

    /// The tenant's settings.
    #[must_use]
    pub fn settings(&self, tenant: TenantId) -> &Settings {
        static NONE: LazyLock<Settings> = LazyLock::new(Settings::default);
        self.settings.get(&tenant).map_or(&NONE, |settings| settings)
    }

    /// The effect, if it was ever there.
    #[must_use]
    pub fn effect(&self, tenant: TenantId, key: &EffectKey) -> Option<&Effect> {
        self.effects.get(&(tenant, key.clone()))
    }

    /// The provider's queue.
    #[must_use]
    pub fn queue(&self, tenant: TenantId, provider: ProviderId) -> Option<&Queue> {
        self.queues.get(&(tenant, provider))
    }

    /// Whether no other action took the target since the queue was loaded.
    #[must_use]
    pub fn may_hold(&self, tenant: TenantId, provider: ProviderId, target: i64, id: ActionId) -> bool {
        self.taken.get(&(tenant, provider, target)).is_none_or(|taken| *taken == id)
    }

    /// Notes what an action's execution becomes.
    fn track(
        &mut self,
        tenant: TenantId,
        id: ActionId,
        after: Option<&Arc<Execution>>,
        writes: &mut WriteSet,
    ) {
        let before = self.action(tenant, id).and_then(|record| record.execution.clone());
        if before.as_ref() == after {
            return;
        }
        let of = |execution: Option<&Arc<Execution>>| execution.map(|it| (it.provider, it.target_key(id)));
        if of(before.as_ref()) != of(after) {
            // Nobody looked whether it may be handed out by that other provider, or on that other target.
            for candidates in self.queues.values_mut().flat_map(|queue| queue.candidates.values_mut()) {
                candidates.retain(|candidate| *candidate != id);
            }
            self.in_the_way.remove(&(tenant, id));
        }
        writes.executions.insert((tenant, id), after.cloned());
        writes.extended.remove(&(tenant, id));
        let mut count = |execution: Option<&Arc<Execution>>, by: i64| {
            if let Some(execution) = execution.filter(|execution| execution.is_busy())
                && let Some(queue) = self.queues.get_mut(&(tenant, execution.provider))
            {
                queue.in_flight += by;
            }
        };
        count(before.as_ref(), -1);
        count(after, 1);
        if let Some(execution) = after.filter(|execution| execution.holds_target()) {
            self.taken.insert((tenant, execution.provider, execution.target_key(id)), id);
        }
    }

    /// The instant at which a command of `tenant` is decided: never before, nor equal to, the one before it.
    #[must_use]
    pub fn next_instant(&self, tenant: TenantId, clock: Timestamp) -> Timestamp {
        let after_last = Timestamp::from_ticks(self.head(tenant).at.ticks().saturating_add(1));
        clock.max(after_last)
    }

    /// Applies a decision to the view and to the batch's write set, so that the next command sees it.
    pub fn apply(&mut self, decision: &Decision, tenant: TenantId, at: Timestamp, writes: &mut WriteSet) {
        for (draft, later) in decision.entries.iter().zip(0..) {
            // Each entry is later than the one before it.
            let at = Timestamp::from_ticks(at.ticks().saturating_add(later));
            self.append(Entry::seal(self.head(tenant), tenant, at, draft), writes);
        }
        for change in &decision.changes {
            self.apply_change(change, writes);
        }
    }

    /// Appends an entry to its tenant's chain.
    pub(crate) fn append(&mut self, entry: Entry, writes: &mut WriteSet) {
        let tenant = entry.tenant;
        // What grows from where it was sealed last is to be sealed again; what grew before is so already.
        if self.sealed(tenant) == self.head(tenant).sequence {
            writes.sealing.insert(tenant, Some(entry.at.plus_seconds(SEAL_AFTER_SECONDS)));
        }
        let head = entry.head();
        self.heads.insert(tenant, head);
        writes.heads.insert(tenant, head);
        writes.entries.push(entry);
    }

    /// Applies one change to the view and to the write set.
    pub fn apply_change(&mut self, change: &Change, writes: &mut WriteSet) {
        match change {
            Change::InsertAction(tenant, record) => {
                let key = (*tenant, record.action.id);
                writes.give(*tenant, None, Some(&record.action));
                writes.turns.extend(Turn::of_action(*tenant, None, record));
                self.track(*tenant, record.action.id, record.execution.as_ref(), writes);
                self.actions.insert(key, Some(record.clone()));
                // Deleted and filed again within one batch: the row is there, so it is rewritten.
                let write = match writes.actions.get(&key) {
                    Some(ActionWrite::Delete) => ActionWrite::Update(record.clone(), Columns::All),
                    Some(_) | None => ActionWrite::Insert(record.clone()),
                };
                writes.actions.insert(key, write);
            }
            Change::UpdateAction(tenant, record, columns) => {
                let key = (*tenant, record.action.id);
                let before = self.actions.get(&key).and_then(Option::as_ref);
                writes.give(*tenant, before, Some(&record.action));
                writes.turns.extend(Turn::of_action(*tenant, before, record));
                self.track(*tenant, record.action.id, record.execution.as_ref(), writes);
                self.actions.insert(key, Some(record.clone()));
                let write = match writes.actions.get(&key) {
                    Some(ActionWrite::Insert(_)) => ActionWrite::Insert(record.clone()),
                    Some(ActionWrite::Update(_, earlier)) => {
                        ActionWrite::Update(record.clone(), (*columns).max(*earlier))
                    }
                    Some(ActionWrite::Delete) | None => ActionWrite::Update(record.clone(), *columns),
                };
                writes.actions.insert(key, write);
            }
            Change::DeleteAction(tenant, id) => {
                let key = (*tenant, *id);
                writes.give(*tenant, self.actions.get(&key).and_then(Option::as_ref), None);
                self.track(*tenant, *id, None, writes);
                self.actions.insert(key, None);
                // Ids are unique within their tenant alone.
                for (of, filing) in &mut self.filings {
                    if of.tenant == *tenant && filing.is_some_and(|filing| filing.action == *id) {
                        *filing = None;
                    }
                }
                writes.filings.retain(|of, filing| of.tenant != *tenant || filing.action != *id);
                writes.unfiled.insert(key);
                // Filed within this very batch: there is no row to remove.
                if !matches!(writes.actions.remove(&key), Some(ActionWrite::Insert(_))) {
                    writes.actions.insert(key, ActionWrite::Delete);
                }
            }
            Change::PutFiling(key, filing) => {
                self.filings.insert(key.clone(), Some(*filing));
                writes.filings.insert(key.clone(), *filing);
            }
            Change::PutApp(tenant, app) => {
                let key = (*tenant, app.app_id.clone());
                self.apps.insert(key.clone(), Some(app.clone()));
                writes.apps.insert(key, Some(app.clone()));
            }
            Change::PutSeal(at, seal) => {
                let grown = self.head(seal.tenant).sequence > seal.sequence;
                let due = grown.then(|| at.plus_seconds(SEAL_AFTER_SECONDS));
                self.sealed.insert(seal.tenant, seal.sequence);
                writes.sealing.insert(seal.tenant, due);
                writes.seals.insert((seal.tenant, seal.sequence), seal.clone());
            }
            Change::DeleteApp(tenant, app, at) => {
                let key = (*tenant, app.clone());
                self.apps.insert(key.clone(), None);
                writes.apps.insert(key.clone(), None);
                writes.revoked.insert(key, *at);
            }
            Change::PutKey(key) => {
                writes.keys.insert((key.kind, key.id.clone()), key.clone());
            }
            Change::PutPruning(tenant, pruning) => {
                writes.prunings.insert((*tenant, pruning.sequence), *pruning);
            }
            Change::ForgetEntry(tenant, sequence) => {
                writes.forgotten_entries.insert((*tenant, *sequence));
            }
            Change::ForgetSeal(tenant, sequence) => {
                writes.forgotten_seals.insert((*tenant, *sequence));
            }
            Change::PutSetting(tenant, setting) => {
                self.change_settings(*tenant, writes, |settings| settings.put(setting.clone()));
                writes.settings.insert((*tenant, setting.key()), Some(setting.clone()));
            }
            Change::RemoveSetting(tenant, key) => {
                self.change_settings(*tenant, writes, |settings| settings.remove(key));
                writes.settings.insert((*tenant, key.clone()), None);
            }
            Change::PutEffect(tenant, effect) => {
                let key = (*tenant, effect.key.clone());
                writes.turns.extend(Turn::of_effect(*tenant, self.effects.get(&key), effect));
                self.effects.insert(key.clone(), effect.clone());
                writes.effects.insert(key, effect.clone());
            }
            Change::PutAnswered(key, answered) => {
                self.answered.insert(key.clone(), Some(answered.clone()));
                writes.answered.insert(key.clone(), Some(answered.clone()));
            }
            Change::ForgetAnswered(key) => {
                self.answered.insert(key.clone(), None);
                writes.answered.insert(key.clone(), None);
            }
            Change::PutSeen(tenant, provider, instance, at) => {
                if let Some(queue) =
                    self.queues.get_mut(&(*tenant, *provider)).filter(|_| !instance.is_empty())
                {
                    queue.members.insert(instance.clone(), *at);
                }
                writes.seen.insert((*tenant, *provider, instance.clone()), *at);
            }
            Change::ExtendLease(tenant, id, execution) => {
                if let Some(record) = self.actions.get_mut(&(*tenant, *id)).and_then(Option::as_mut) {
                    record.execution = Some(Arc::clone(execution));
                    // Beside what an entry of the same batch has written whole.
                    writes.extended.insert((*tenant, *id), Arc::clone(execution));
                }
            }
        }
    }

    fn change_settings(
        &mut self,
        tenant: TenantId,
        writes: &mut WriteSet,
        change: impl FnOnce(&mut Settings),
    ) {
        change(Arc::make_mut(self.settings.entry(tenant).or_default()));
        writes.settings_versions.insert(tenant, self.head(tenant).sequence);
    }
}
