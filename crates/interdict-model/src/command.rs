//! A requested change: authenticated, decoded, validated, not yet decided.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::action::{ResultInfo, Status};
use crate::app::AppCommand;
use crate::body::ActionBody;
use crate::effect::EffectKey;
use crate::execution::LeaseId;
use crate::guard::Met;
use crate::key::SharedKey;
use crate::provider::ProviderChange;
use crate::pruning::Pruning;
use crate::raw_json::RawJson;
use crate::seal::Seal;
use crate::settings::{Setting, SettingKey};
use crate::version::Precondition;
use crate::view::{FilingKey, IdempotencyKey, ReadSet};
use crate::{ActionId, Actor, ProviderId, RequestId, Timestamp};

/// A requested change and who asks for it.
#[derive(Clone, Debug)]
pub struct Command {
    /// Who asks.
    pub actor: Actor,
    /// The request it came with; the journal keeps it.
    pub request: RequestId,
    /// What is asked.
    pub operation: Operation,
}

/// What is asked.
#[derive(Clone, Debug)]
pub enum Operation {
    /// File an action.
    Create {
        /// The id it gets unless a Provenance body names one.
        id: ActionId,
        /// The members.
        body: Box<ActionBody>,
        /// `Prefer: handling=strict`: refuse what would otherwise be ignored.
        strict: bool,
        /// `Idempotency-Key`, and SHA-256 of the body that it came with.
        idempotency: Option<(String, [u8; 32])>,
    },
    /// Change members of an action.
    Update {
        /// Which.
        id: ActionId,
        /// The members to change.
        body: Box<ActionBody>,
        /// `If-Match`.
        precondition: Precondition,
        /// `Prefer: handling=strict`: refuse what would otherwise be ignored.
        strict: bool,
    },
    /// Cancel an action.
    Cancel {
        /// Which.
        id: ActionId,
        /// `If-Match`.
        precondition: Precondition,
        /// Why.
        comment: Option<String>,
        /// The id of an undo that may have to be filed.
        fresh: ActionId,
    },
    /// Remove a final action; the journal keeps it.
    Delete {
        /// Which.
        id: ActionId,
        /// `If-Match`.
        precondition: Precondition,
    },
    /// Manage client credentials of the built-in issuer.
    App(AppCommand),
    /// Keep a seal of the journal.
    Seal(Box<Seal>),
    /// Keep keys that the nodes share, whichever tenant it is said for.
    Keys(Vec<SharedKey>),
    /// Hand out work to a provider.
    Lease {
        /// Which provider.
        provider: ProviderId,
        /// How much at the most.
        max: u32,
        /// How long the leases hold, in seconds, where the provider's own time is not meant.
        seconds: Option<i64>,
        /// Which of the provider's programs asks.
        instance: Option<String>,
        /// Whether it is to be noted that it asked.
        noted: bool,
    },
    /// What a provider says about an action that it has.
    Report {
        /// Its claim.
        lease: LeaseId,
        /// What it says.
        report: Box<Report>,
    },
    /// Do what is due.
    Fire(Vec<Due>),
    /// Have an action let go of its effect.
    Undo {
        /// Which.
        id: ActionId,
        /// Why.
        comment: Option<String>,
        /// The id of the undo that may have to be filed.
        fresh: ActionId,
    },
    /// Have an action hold its effect longer or shorter.
    Extend {
        /// Which.
        id: ActionId,
        /// Until when.
        until: Lasting,
    },
    /// Agree to an action, or not.
    Judge {
        /// Which.
        id: ActionId,
        /// The hash of what is agreed to.
        hash: String,
        /// Whether it is agreed to.
        approved: bool,
        /// Why.
        comment: Option<String>,
    },
    /// Cancel actions, or have them let go of their effects: those of `ids` for which it can be done.
    Bulk {
        /// What is done to them.
        verb: BulkVerb,
        /// The actions, and for each the id of an undo that may have to be filed.
        ids: Vec<(ActionId, ActionId)>,
        /// What was decided, for the journal: said once for all parts of one decision.
        decided: Option<BulkDecided>,
        /// Why, for each of them.
        comment: Option<String>,
    },
    /// Make a setting, or put another in its place. Whether a provider or the tenant is paused stays as it is.
    PutSetting {
        /// It.
        setting: Box<Setting>,
        /// Whether one of its key must be there already, or must not; `None` for either.
        exists: Option<bool>,
    },
    /// Change members of a provider's registration.
    ChangeProvider(ProviderId, Box<ProviderChange>),
    /// Have the protected targets, as they are now, hold for actions that are not begun.
    Guard {
        /// The actions.
        ids: Vec<ActionId>,
        /// The entry because of which it is looked, and what it meets that it comes too late for, for the journal.
        met: Option<(Uuid, Box<Met>)>,
    },
    /// Remove a setting.
    RemoveSetting(SettingKey),
    /// Pause the tenant, or have it go on.
    PauseTenant(bool),
    /// Say that the store that was restored with that epoch is right.
    ConfirmRestore(u32),
    /// Pause a provider, or have it go on.
    PauseProvider(ProviderId, bool),
    /// Forget filings with idempotency keys that are old.
    ForgetAnswered(Vec<IdempotencyKey>),
    /// Record how far the journal is pruned.
    Prune(Box<Pruning>),
    /// Remove what a recorded pruning does not keep.
    Forget {
        /// Sequences of entries.
        entries: Vec<i64>,
        /// Sequences of seals.
        seals: Vec<i64>,
    },
}

/// What is done to many actions at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum BulkVerb {
    /// They are cancelled.
    Cancel,
    /// They let go of their effects.
    Undo,
}

/// A decision about many actions.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BulkDecided {
    /// What is done.
    pub verb: BulkVerb,
    /// Which actions it is about, as it was asked for.
    pub filter: String,
    /// How many these were.
    pub actions: usize,
    /// Why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub comment: Option<String>,
}

/// Until when an effect is to be held.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lasting {
    /// Until then.
    Until(Timestamp),
    /// So many seconds from now on.
    For(i64),
    /// Until somebody undoes it.
    Forever,
}

/// What a provider says about an action that it has.
#[derive(Clone, Debug)]
pub struct Report {
    /// The fence that it was given.
    pub fence: i64,
    /// What.
    pub kind: ReportKind,
}

/// What a provider says.
#[derive(Clone, Debug)]
pub enum ReportKind {
    /// It is at it.
    Renew {
        /// How long the lease is to hold from now on, in seconds.
        seconds: Option<i64>,
        /// How far it is.
        progress: Option<RawJson>,
    },
    /// It is done.
    Complete {
        /// What came of it.
        result: Option<RawJson>,
        /// What it needs to undo it.
        undo: Option<RawJson>,
    },
    /// It is not done.
    Fail {
        /// Why.
        error_info: ResultInfo,
        /// What came of it.
        result: Option<RawJson>,
        /// Whether another attempt may succeed.
        retryable: bool,
        /// When, in seconds from now.
        retry_after: Option<i64>,
        /// Whether it stopped because it was asked to, and left nothing behind.
        cancelled: bool,
        /// Whether it may have been done, in part or as a whole: nobody knows.
        uncertain: bool,
    },
    /// Somebody else may have it.
    Release {
        /// When, in seconds from now.
        delay: Option<i64>,
    },
}

impl ReportKind {
    /// The name, as the journal has it.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Renew { .. } => "renew",
            Self::Complete { .. } => "complete",
            Self::Fail { .. } => "fail",
            Self::Release { .. } => "release",
        }
    }
}

/// Something that may be due.
#[derive(Clone, Debug)]
pub enum Due {
    /// A deadline of an action.
    Action {
        /// Which.
        id: ActionId,
        /// The id of an undo that may have to be filed.
        fresh: ActionId,
    },
    /// The end of an effect, for some of those who hold or held it.
    Effect {
        /// Which.
        key: EffectKey,
        /// The actions.
        holders: Vec<ActionId>,
        /// The id of an undo that may have to be filed.
        fresh: ActionId,
    },
}

impl Due {
    /// The actions that it is about.
    fn actions(&self) -> &[ActionId] {
        match self {
            Self::Action { id, .. } => std::slice::from_ref(id),
            Self::Effect { holders, .. } => holders,
        }
    }
}

impl Command {
    /// What must be loaded before the command can be decided.
    #[must_use]
    pub fn reads(&self) -> ReadSet {
        let tenant = self.actor.tenant();
        let mut reads = ReadSet::default();
        if !matches!(self.operation, Operation::Keys(_)) {
            reads.tenants.push(tenant);
        }
        match &self.operation {
            Operation::Create { body, idempotency, .. } => {
                reads.settings.push(tenant);
                reads.probes.push(body.probe(tenant));
                reads
                    .idempotency
                    .extend(idempotency.as_ref().and_then(|(key, _)| self.actor.idempotency_key(key)));
                reads.actions.push((tenant, self.created_id()));
                reads.filings.extend(FilingKey::of(&self.actor, body));
            }
            Operation::Update { id, body, .. } => {
                reads.settings.push(tenant);
                reads.actions.push((tenant, *id));
                if matches!(body.status.value(), Some(Status::Running | Status::Completed)) {
                    reads.starts.push((tenant, *id));
                }
            }
            Operation::Extend { id, .. } => {
                reads.settings.push(tenant);
                reads.actions.push((tenant, *id));
            }
            Operation::Cancel { id, .. }
            | Operation::Delete { id, .. }
            | Operation::Undo { id, .. }
            | Operation::Judge { id, .. } => reads.actions.push((tenant, *id)),
            Operation::Bulk { ids, .. } => {
                reads.actions.extend(ids.iter().map(|(id, _)| (tenant, *id)));
            }
            Operation::Guard { ids, .. } => {
                reads.settings.push(tenant);
                reads.actions.extend(ids.iter().map(|id| (tenant, *id)));
            }
            Operation::Lease { provider, max, instance, .. } => {
                reads.settings.push(tenant);
                reads.queues.push((tenant, *provider, *max, instance.clone().unwrap_or_default()));
            }
            Operation::Report { lease, .. } => {
                reads.settings.push(tenant);
                reads.actions.push((tenant, lease.action));
            }
            Operation::Fire(due) => {
                reads.actions.extend(due.iter().flat_map(Due::actions).map(|id| (tenant, *id)));
            }
            Operation::RemoveSetting(key) => {
                reads.settings.push(tenant);
                if let SettingKey::Provider(provider) = key {
                    reads.occupied.push((tenant, *provider));
                }
            }
            Operation::PutSetting { setting, .. } => {
                reads.settings.push(tenant);
                if let Setting::Provider(provider) = &**setting {
                    reads.occupied.push((tenant, provider.id));
                }
            }
            Operation::ChangeProvider(id, _) => {
                reads.settings.push(tenant);
                reads.occupied.push((tenant, *id));
            }
            Operation::PauseTenant(_) | Operation::ConfirmRestore(_) | Operation::PauseProvider(..) => {
                reads.settings.push(tenant);
            }
            Operation::App(command) => reads.apps.push((tenant, command.app().clone())),
            Operation::ForgetAnswered(keys) => reads.idempotency.extend(keys.iter().cloned()),
            Operation::Seal(_) | Operation::Keys(_) | Operation::Prune(_) | Operation::Forget { .. } => {}
        }
        reads
    }

    /// The id that a create would give: the body's under Provenance, else the one made for it.
    pub(crate) fn created_id(&self) -> ActionId {
        let Operation::Create { id, body, .. } = &self.operation else { return ActionId(Uuid::nil()) };
        let named = body.id.value().filter(|_| self.actor.writes_provenance());
        named.and_then(|text| ActionId::parse(text)).unwrap_or(*id)
    }
}
