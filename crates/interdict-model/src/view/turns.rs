//! What came of actions and effects by a batch, for those who watch the server.

use super::Record;
use crate::effect::{Effect, EffectState};
use crate::execution::{ATTEMPTS, Phase};
use crate::{ActionId, ProviderId, TenantId};

/// An action or an effect came to another state.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Turn {
    /// An action came into a phase.
    Phase {
        /// Whose.
        tenant: TenantId,
        /// Which.
        action: ActionId,
        /// Its definition's name.
        name: String,
        /// Whose work it is.
        provider: ProviderId,
        /// What it is done to.
        target: String,
        /// The phase.
        phase: Phase,
        /// Whether it failed at the last of its attempts.
        exhausted: bool,
    },
    /// An effect was to be lifted, and was not.
    UndoFailed {
        /// Whose.
        tenant: TenantId,
        /// The action that lifts it; the one that put it in force where nobody lifts it any more.
        action: ActionId,
        /// Where it is in force.
        provider: ProviderId,
        /// What it is on.
        target: String,
    },
}

impl Turn {
    /// What came of an action, where its phase is another one.
    pub(super) fn of_action(tenant: TenantId, before: Option<&Record>, after: &Record) -> Option<Self> {
        let execution = after.execution.as_deref()?;
        let phase = execution.phase;
        let earlier = before.and_then(|record| record.execution.as_deref()).map(|it| it.phase);
        let target = execution.work.target.as_ref().map(|target| target.text.clone());
        (earlier != Some(phase)).then(|| Self::Phase {
            tenant,
            action: after.action.id,
            name: execution.work.name.clone(),
            provider: execution.provider,
            target: target.unwrap_or_default(),
            phase,
            exhausted: phase == Phase::Failed && execution.most_tries() >= ATTEMPTS,
        })
    }

    /// What came of an effect, where that is to be told.
    pub(super) fn of_effect(tenant: TenantId, before: Option<&Effect>, after: &Effect) -> Option<Self> {
        let failed = |effect: &Effect| effect.state == EffectState::UndoFailed;
        (failed(after) && !before.is_some_and(failed)).then(|| Self::UndoFailed {
            tenant,
            action: after.undone_by.unwrap_or(ActionId(after.id.0)),
            provider: after.key.provider,
            target: after.target.as_ref().map(|target| target.text.clone()).unwrap_or_default(),
        })
    }
}
