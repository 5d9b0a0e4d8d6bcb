//! A requested change: authenticated, decoded, validated, not yet decided.

use crate::app::AppCommand;
use crate::body::ActionBody;
use crate::key::SharedKey;
use crate::pruning::Pruning;
use crate::seal::Seal;
use crate::version::Precondition;
use crate::view::{FilingKey, ReadSet};
use crate::{ActionId, Actor, RequestId};

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
            Operation::Create { body, .. } => {
                reads.actions.push((tenant, self.created_id()));
                reads.filings.extend(FilingKey::of(&self.actor, body));
            }
            Operation::Update { id, .. } | Operation::Cancel { id, .. } | Operation::Delete { id, .. } => {
                reads.actions.push((tenant, *id));
            }
            Operation::App(command) => reads.apps.push((tenant, command.app().clone())),
            Operation::Seal(_) | Operation::Keys(_) | Operation::Prune(_) | Operation::Forget { .. } => {}
        }
        reads
    }

    /// The id that a create would give: the body's under Provenance, else the one made for it.
    pub(crate) fn created_id(&self) -> ActionId {
        match &self.operation {
            Operation::Create { id, body, .. } => body
                .id
                .value()
                .filter(|_| self.actor.writes_provenance())
                .and_then(|text| ActionId::parse(text))
                .unwrap_or(*id),
            Operation::Update { id, .. } | Operation::Cancel { id, .. } | Operation::Delete { id, .. } => *id,
            Operation::App(command) => ActionId(command.subject()),
            Operation::Seal(_) | Operation::Keys(_) | Operation::Prune(_) | Operation::Forget { .. } => {
                ActionId(uuid::Uuid::nil())
            }
        }
    }
}
