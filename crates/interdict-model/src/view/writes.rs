//! What a batch writes: changes as they are decided, merged into one row a key.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::{Answered, Filing, FilingKey, IdempotencyKey, Record, Turn};
use crate::action::SecurityAction;
use crate::app::App;
use crate::effect::{Effect, EffectKey};
use crate::journal::{Entry, Head};
use crate::key::{KeyKind, SharedKey};
use crate::pruning::Pruning;
use crate::seal::Seal;
use crate::settings::{Setting, SettingKey};
use crate::{ActionId, AppId, Execution, ProviderId, TenantId, Timestamp};

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
    ExtendLease(TenantId, ActionId, Arc<Execution>),
}

/// Which columns an update touches: the store names no others, since naming an indexed column costs an index write.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Columns {
    /// What providers report, where neither the status nor the period of the last change becomes another.
    Detail,
    /// The same, and that period.
    Period,
    /// What providers report.
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
    /// What came of actions and effects, in order: not written, but told once the rest is.
    pub turns: Vec<Turn>,
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
    pub(super) fn give(&mut self, tenant: TenantId, before: Option<&Record>, after: Option<&SecurityAction>) {
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
