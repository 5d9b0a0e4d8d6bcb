//! What a decision sees and what it changes: plain data, loaded and written by the store.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use crate::action::SecurityAction;
use crate::app::App;
use crate::body::ActionBody;
use crate::journal::{Draft, Entry, Head};
use crate::key::{KeyKind, SharedKey};
use crate::pruning::Pruning;
use crate::seal::{SEAL_AFTER_SECONDS, Seal};
use crate::{ActionId, Actor, AppId, TenantId, Timestamp, Version};

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
}

impl ReadSet {
    /// Adds what another command needs.
    pub fn extend(&mut self, other: Self) {
        self.tenants.extend(other.tenants);
        self.actions.extend(other.actions);
        self.filings.extend(other.filings);
        self.apps.extend(other.apps);
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
        /// Whether this repeats an earlier filing.
        replayed: bool,
    },
    /// The app as it now is.
    App(App),
    /// Done; there is nothing to show.
    Done,
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

    /// The instant at which a command of `tenant` is decided: never before, nor equal to, the one before it.
    #[must_use]
    pub fn next_instant(&self, tenant: TenantId, clock: Timestamp) -> Timestamp {
        let after_last = Timestamp::from_ticks(self.head(tenant).at.ticks().saturating_add(1));
        clock.max(after_last)
    }

    /// Applies a decision to the view and to the batch's write set, so that the next command sees it.
    pub fn apply(&mut self, decision: &Decision, tenant: TenantId, at: Timestamp, writes: &mut WriteSet) {
        for draft in &decision.entries {
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
        }
    }
}
