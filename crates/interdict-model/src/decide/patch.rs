//! PATCH of an action that is carried out: its status comes from its provider alone.

use super::steps::Steps;
use super::{Rules, conflict};
use crate::action::{SecurityAction, Status};
use crate::effect::EffectState;
use crate::execution::{Execution, Phase};
use crate::journal::Kind;
use crate::view::Record;
use crate::{Decision, FaultCode, Refusal};

impl Rules<'_> {
    /// Whether the caller is the app that the action's provider is bound to, so that its PATCH is the provider's word.
    pub(super) fn is_the_provider(&self, execution: &Execution) -> bool {
        let settings = self.view.settings(self.actor.tenant());
        let provider = settings.providers.get(&execution.provider);
        let bound = provider.and_then(|provider| provider.app_id.as_ref());
        bound.is_some() && bound == self.actor.app.as_ref()
    }

    /// Refuses what anybody but the provider says about where the action stands.
    pub(super) fn must_be_the_provider(
        &self,
        record: &Record,
        status: Status,
        says_more: bool,
    ) -> Result<(), Refusal> {
        let Some(execution) = &record.execution else { return Ok(()) };
        let changes = status != record.action.status || says_more;
        if !changes || self.is_the_provider(execution) {
            return Ok(());
        }
        let target = if says_more { "errorInfo" } else { "status" };
        let message = format!(
            "the action is carried out by provider `{}`, which alone says where it stands; cancel it instead",
            execution.provider
        );
        Err(conflict(FaultCode::NotTheProvider, target, message))
    }

    /// The provider's word by PATCH: `after` has everything but what follows from `status`.
    pub(super) fn patched(
        &self,
        record: &Record,
        after: SecurityAction,
        status: Status,
    ) -> Result<Option<Decision>, Refusal> {
        let mut steps = Steps::new(self);
        let id = record.action.id;
        let Some(mut moving) = steps.take(id).filter(|_| status != record.action.status) else {
            return Ok(None);
        };
        let held =
            moving.effect.as_ref().filter(|_| !moving.execution.work.lifts && status != Status::Failed);
        if held.is_some_and(|effect| effect.state.is_ending()) {
            let message = "the effect is just being lifted: finish the action that does so first";
            return Err(conflict(FaultCode::InvalidTransition, "status", message));
        }
        moving.action = SecurityAction { status: record.action.status, ..after };
        match status {
            Status::Completed => self.succeed(&mut moving, None),
            Status::Failed => self.fail(&mut moving, false, None),
            Status::Running | Status::NotStarted => {
                let until = self.now.plus_seconds(moving.execution.deadlines.run_for);
                moving.execution.begun = Some(self.now);
                moving.execution.deadlines.run_until = Some(until);
                moving.execution.phase = Phase::Executing;
                if !moving.execution.work.lifts {
                    self.hold(&mut moving, EffectState::Pending);
                }
            }
        }
        steps.put(moving, Kind::Updated);
        let answer = steps.shown(id);
        Ok(Some(steps.answer(answer)))
    }
}
