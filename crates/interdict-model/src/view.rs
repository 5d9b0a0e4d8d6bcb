//! What a decision sees and what it changes: plain data, loaded and written by the store.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::{Arc, LazyLock};

use crate::action::{KeyValuePair, SecurityAction, VendorInformation};
use crate::app::App;
use crate::body::ActionBody;
use crate::effect::{Effect, EffectKey};
use crate::execution::{Lease, LeaseId};
use crate::guard::ProtectedTarget;
use crate::journal::{Draft, Entry, Head};
use crate::key::{KeyKind, SharedKey};
use crate::pruning::Pruning;
use crate::raw_json::RawJson;
use crate::seal::{SEAL_AFTER_SECONDS, Seal};
use crate::settings::{Setting, SettingKey, Settings};
use crate::{ActionId, Actor, AppId, Execution, ProviderId, Refusal, TenantId, Timestamp, Version};

/// What a batch of commands must see. A filing that is found brings the action that it names into the view.
#[derive(Clone, Debug, Default)]
pub struct ReadSet {
    /// Tenants whose chain heads are needed (and locked, where several nodes write).
    pub tenants: Vec<TenantId>,
    /// Actions by key.
    pub actions: Vec<(TenantId, ActionId)>,
    /// Filings by their uniqueness key.
    pub filings: Vec<FilingKey>,
    /// Apps by key.
    pub apps: Vec<(TenantId, AppId)>,
    /// Tenants whose settings are needed.
    pub settings: Vec<TenantId>,
    /// Queues of providers, and how many candidates are needed of each.
    pub queues: Vec<(TenantId, ProviderId, u32)>,
    /// Providers of which is asked whether anything is unfinished or in force there.
    pub occupied: Vec<(TenantId, ProviderId)>,
    /// What is about to be filed: the effect that it would have is needed.
    pub probes: Vec<Probe>,
    /// Idempotency keys.
    pub idempotency: Vec<IdempotencyKey>,
}

/// What decides which effect an action would have.
#[derive(Clone, Debug)]
pub struct Probe {
    /// Whose.
    pub tenant: TenantId,
    /// The action's name.
    pub name: String,
    /// Its parameters.
    pub parameters: Vec<KeyValuePair>,
    /// The provider that it is for.
    pub vendor: VendorInformation,
}

impl Probe {
    /// The key of the effect, where the action would have one or lift one.
    #[must_use]
    pub fn effect_key(&self, settings: &Settings) -> Option<EffectKey> {
        let provider = settings.route(&self.vendor)?;
        let definition = settings.definition(&self.name)?;
        let checked = definition.check(&self.parameters).ok()?;
        let lifted = || settings.lifted_by(definition, &checked.parameters);
        Some(EffectKey { provider: provider.id, text: checked.effect.clone().or_else(lifted)? })
    }
}

/// What a client repeats a filing by.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct IdempotencyKey {
    /// The tenant.
    pub tenant: TenantId,
    /// The filing app.
    pub app: AppId,
    /// The key as the client gave it.
    pub key: String,
}

/// A filing that came with an idempotency key, and how it was answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answered {
    /// SHA-256 of the request's body.
    pub digest: [u8; 32],
    /// When.
    pub at: Timestamp,
    /// The action that it made.
    pub action: ActionId,
    /// The journal sequence by which it was answered.
    pub sequence: i64,
    /// The action as it was answered, and how it was to be carried out.
    pub document: Arc<str>,
}

impl ReadSet {
    /// Adds what another command needs.
    pub fn extend(&mut self, other: Self) {
        self.tenants.extend(other.tenants);
        self.actions.extend(other.actions);
        self.filings.extend(other.filings);
        self.apps.extend(other.apps);
        self.settings.extend(other.settings);
        self.queues.extend(other.queues);
        self.occupied.extend(other.occupied);
        self.probes.extend(other.probes);
        self.idempotency.extend(other.idempotency);
    }
}

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

/// The uniqueness key of a filing: `clientContext` within an app and tenant.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct FilingKey {
    /// The tenant.
    pub tenant: TenantId,
    /// The filing app.
    pub app: AppId,
    /// `clientContext` as filed.
    pub context: String,
}

impl FilingKey {
    /// The key of this body when `actor` files it; `None` without a `clientContext` (an empty one is none).
    #[must_use]
    pub fn of(actor: &Actor, body: &ActionBody) -> Option<Self> {
        let original = body.app_id.value().filter(|_| actor.writes_provenance());
        let original = original.map(|app| AppId(app.as_str().into()));
        Some(Self {
            tenant: actor.tenant(),
            app: original.or_else(|| actor.app.clone())?,
            context: body.client_context.value().filter(|context| !context.is_empty())?.clone(),
        })
    }

    /// The key of an action as it was filed.
    #[must_use]
    pub fn of_filed(tenant: TenantId, action: &SecurityAction) -> Option<Self> {
        Some(Self {
            tenant,
            app: AppId(action.app_id.as_deref()?.into()),
            context: action.client_context.as_ref().filter(|context| !context.is_empty())?.clone(),
        })
    }
}

/// A filing that carried a `clientContext`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Filing {
    /// The action it made.
    pub action: ActionId,
    /// SHA-256 of the body's meaning.
    pub digest: [u8; 32],
}

/// A provider's queue, as far as a batch needs it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Queue {
    /// What may be handed out next, in order; each is in the view.
    pub candidates: Vec<ActionId>,
    /// How many actions the provider has.
    pub in_flight: i64,
    /// The provider's programs by the names that they give themselves, and when each asked for work last.
    pub members: BTreeMap<String, Timestamp>,
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
    /// Providers where something is unfinished or in force.
    pub occupied: HashMap<(TenantId, ProviderId), bool>,
    /// Requests that came with an idempotency key.
    pub answered: HashMap<IdempotencyKey, Option<Answered>>,
    /// What is protected wherever this node is: its own addresses, and what it reaches others by.
    pub own: Arc<[ProtectedTarget]>,
    /// Targets that were taken since the queues were loaded.
    pub taken: HashMap<(TenantId, ProviderId, i64), ActionId>,
}

/// The domain's answer to a command that is accepted.
#[derive(Clone, Debug)]
pub struct Decision {
    /// What to write.
    pub changes: Vec<Change>,
    /// What to record; empty where nothing changes.
    pub entries: Vec<Draft>,
    /// What to tell the caller.
    pub answer: Answer,
}

impl Decision {
    /// An answer that changes nothing.
    #[must_use]
    pub const fn unchanged(answer: Answer) -> Self {
        Self { changes: Vec::new(), entries: Vec::new(), answer }
    }
}

/// What the caller is told.
#[derive(Clone, Debug, PartialEq)]
pub enum Answer {
    /// The action as it now is.
    Action {
        /// Its key.
        id: ActionId,
        /// Its version.
        version: Version,
        /// It, rendered.
        document: Arc<str>,
        /// How it is carried out, where it is.
        execution: Option<Arc<Execution>>,
        /// Whether this repeats an earlier filing.
        replayed: bool,
    },
    /// The app as it now is.
    App(App),
    /// Work for a provider.
    Leases(Vec<Handed>),
    /// A lease holds on.
    Renewed {
        /// Whether the provider is to stop.
        cancel: bool,
        /// Until when the lease holds.
        expires: Timestamp,
    },
    /// How many actions it was done to.
    Bulk(usize),
    /// What a filing would do.
    Plan(Box<Record>),
    /// A setting as it now is.
    Setting(Box<Setting>),
    /// No, and that it was asked is noted.
    Refused(Refusal),
    /// Done; there is nothing to show.
    Done,
}

/// An action that was handed out.
#[derive(Clone, Debug, PartialEq)]
pub struct Handed {
    /// What the provider names its claim by.
    pub lease: LeaseId,
    /// How often it was handed out, this time included.
    pub attempt: u32,
    /// Until when the claim holds.
    pub expires: Timestamp,
    /// The action's version.
    pub version: Version,
    /// The action.
    pub record: Record,
    /// What the provider gave to undo by, where it is an undo.
    pub undo: Option<RawJson>,
}

/// One row to write.
#[derive(Clone, Debug)]
pub enum Change {
    /// A new action.
    InsertAction(TenantId, Record),
    /// An action that changed.
    UpdateAction(TenantId, Record, Columns),
    /// An action to remove.
    DeleteAction(TenantId, ActionId),
    /// A filing to remember.
    PutFiling(FilingKey, Filing),
    /// An app, new or changed.
    PutApp(TenantId, App),
    /// An app to remove, and from when on its tokens are refused.
    DeleteApp(TenantId, AppId, Timestamp),
    /// A seal, kept at that instant.
    PutSeal(Timestamp, Seal),
    /// A key that the nodes share, new or changed.
    PutKey(SharedKey),
    /// How far a journal was pruned.
    PutPruning(TenantId, Pruning),
    /// An entry to remove that a pruning does not keep.
    ForgetEntry(TenantId, i64),
    /// A seal to remove of an entry that was before a pruning.
    ForgetSeal(TenantId, i64),
    /// A setting, new or changed.
    PutSetting(TenantId, Setting),
    /// A setting to remove.
    RemoveSetting(TenantId, SettingKey),
    /// An effect, new or changed.
    PutEffect(TenantId, Effect),
    /// A filing with an idempotency key to remember; no entry is made of it.
    PutAnswered(IdempotencyKey, Answered),
    /// One that need not be remembered any more.
    ForgetAnswered(IdempotencyKey),
    /// One of a provider's programs asked for work; no entry is made of it.
    PutSeen(TenantId, ProviderId, String, Timestamp),
    /// A lease that was renewed, and nothing else; no entry is made of it.
    ExtendLease(TenantId, ActionId, Lease),
}

/// Which columns an update touches: the store names no others, since naming an indexed column costs an index write.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Columns {
    /// Status, result, completion: what providers report.
    Progress,
    /// Any member.
    All,
}

/// Everything that a batch writes, merged: one row a key.
#[derive(Clone, Debug, Default)]
pub struct WriteSet {
    /// Actions by key.
    pub actions: BTreeMap<(TenantId, ActionId), ActionWrite>,
    /// Values of parameters by their key and action, and whether the action has them.
    pub parameters: BTreeMap<(TenantId, i64, ActionId), bool>,
    /// Removed actions whose filings are to be forgotten, before `filings` are written.
    pub unfiled: BTreeSet<(TenantId, ActionId)>,
    /// Filings to remember.
    pub filings: BTreeMap<FilingKey, Filing>,
    /// Apps; `None` removes.
    pub apps: BTreeMap<(TenantId, AppId), Option<App>>,
    /// Apps that were removed, and when.
    pub revoked: BTreeMap<(TenantId, AppId), Timestamp>,
    /// Keys that the nodes share, by kind and name.
    pub keys: BTreeMap<(KeyKind, String), SharedKey>,
    /// Journal entries in order.
    pub entries: Vec<Entry>,
    /// Chain heads after the batch.
    pub heads: BTreeMap<TenantId, Head>,
    /// Seals by tenant and sequence.
    pub seals: BTreeMap<(TenantId, i64), Seal>,
    /// How far journals were pruned, by tenant and sequence.
    pub prunings: BTreeMap<(TenantId, i64), Pruning>,
    /// Entries to remove.
    pub forgotten_entries: BTreeSet<(TenantId, i64)>,
    /// Seals to remove.
    pub forgotten_seals: BTreeSet<(TenantId, i64)>,
    /// Executions by action; `None` where there is none any more.
    pub executions: BTreeMap<(TenantId, ActionId), Option<Arc<Execution>>>,
    /// Leases that were renewed, with what their executions became.
    pub extended: BTreeMap<(TenantId, ActionId), Arc<Execution>>,
    /// Effects by key.
    pub effects: BTreeMap<(TenantId, EffectKey), Effect>,
    /// Filings with idempotency keys; `None` removes.
    pub answered: BTreeMap<IdempotencyKey, Option<Answered>>,
    /// When providers' programs asked for work last.
    pub seen: BTreeMap<(TenantId, ProviderId, String), Timestamp>,
    /// Settings by key; `None` removes.
    pub settings: BTreeMap<(TenantId, SettingKey), Option<Setting>>,
    /// Entries by which settings last changed.
    pub settings_versions: BTreeMap<TenantId, i64>,
    /// When journals are to be sealed; `None` where there is nothing to seal any more.
    pub sealing: BTreeMap<TenantId, Option<Timestamp>>,
}

impl WriteSet {
    /// Whether there is nothing to write.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        // Every other change comes with an entry.
        self.entries.is_empty()
            && self.seals.is_empty()
            && self.keys.is_empty()
            && self.forgotten_entries.is_empty()
            && self.forgotten_seals.is_empty()
            && self.extended.is_empty()
            && self.seen.is_empty()
            && self.answered.is_empty()
    }
}

impl WriteSet {
    /// Notes which values of parameters an action has no more, and which it has.
    fn give(&mut self, tenant: TenantId, before: Option<&Record>, after: Option<&SecurityAction>) {
        let before = before.map(|record| &record.action);
        if before.map(|action| &action.parameters) == after.map(|action| &action.parameters) {
            return;
        }
        for (action, has) in
            before.map(|action| (action, false)).into_iter().chain(after.map(|it| (it, true)))
        {
            for key in action.parameter_keys() {
                self.parameters.insert((tenant, key, action.id), has);
            }
        }
    }
}

/// What happens to one action's row.
#[derive(Clone, Debug)]
pub enum ActionWrite {
    /// It is new.
    Insert(Record),
    /// It changes.
    Update(Record, Columns),
    /// It goes.
    Delete,
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
            for queue in self.queues.values_mut() {
                queue.candidates.retain(|candidate| *candidate != id);
            }
        }
        writes.executions.insert((tenant, id), after.cloned());
        writes.extended.remove(&(tenant, id));
        let mut count = |execution: Option<&Arc<Execution>>, by: i64| {
            if let Some(execution) = execution.filter(|execution| execution.is_in_flight())
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
                writes.give(*tenant, self.actions.get(&key).and_then(Option::as_ref), Some(&record.action));
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
            Change::ExtendLease(tenant, id, lease) => {
                let record = self.actions.get_mut(&(*tenant, *id)).and_then(Option::as_mut);
                if let Some(execution) = record.and_then(|record| record.execution.as_mut()) {
                    Arc::make_mut(execution).lease = Some(lease.clone());
                    let execution = Arc::clone(execution);
                    // What is written whole has the lease with it.
                    match writes.executions.get_mut(&(*tenant, *id)) {
                        Some(written) => *written = Some(execution),
                        None => drop(writes.extended.insert((*tenant, *id), execution)),
                    }
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
