//! PATCH of an action that is carried out: its status comes from its provider alone.

use super::lease::{DUPLICATE, Readiness};
use super::steps::{Moving, Steps};
use super::{Rules, conflict};
use crate::action::{SecurityAction, Status};
use crate::effect::{Effect, EffectState};
use crate::execution::{Deadlines, Execution, Phase};
use crate::journal::Kind;
use crate::view::{Answer, Record};
use crate::{ActionId, Decision, FaultCode, Refusal};

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
        if held.is_some_and(Effect::is_being_lifted) {
            let message = "the effect is just being lifted: finish the action that does so first";
            return Err(conflict(FaultCode::InvalidTransition, "status", message));
        }
        if status != Status::Failed && moving.execution.would_be_begun() {
            let fault = |(code, message)| conflict(code, "status", message);
            self.may_begin(&moving, status).map_err(fault)?;
            // As at a hand-out: what is protected since is not begun, and that is noted.
            if let Some(kind) = self.guard(&mut moving) {
                let refusal = guarded(&moving);
                steps.put(moving, kind);
                return Ok(Some(steps.answer(Answer::Refused(refusal))));
            }
            if matches!(self.readiness(&moving), Readiness::Duplicate) {
                moving.reject_duplicate();
                steps.put(moving, Kind::Rejected);
                let refusal = conflict(FaultCode::Duplicate, "status", DUPLICATE);
                return Ok(Some(steps.answer(Answer::Refused(refusal))));
            }
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

    /// Whether a provider that was handed nothing may begin the action, or say that it is done: it passes what a hand-out
    /// passes. What else was done by then is not believed in silence.
    fn may_begin(&self, moving: &Moving, status: Status) -> Result<(), (FaultCode, String)> {
        let (id, execution, tenant) = (moving.id(), &moving.execution, self.actor.tenant());
        let settings = self.view.settings(tenant);
        let provider = settings.providers.get(&execution.provider);
        let provider =
            provider.ok_or_else(|| (FaultCode::NotReady, "its provider is not there".to_owned()))?;
        let is_undo = execution.undo_of.is_some();
        let paused = (provider.paused || settings.tenant.paused) && !is_undo;
        if execution.phase == Phase::AwaitingApproval {
            let message = "the action awaits approval, so nobody may begin it or have done it: wait until its phase \
                           is `queued`; what was done all the same is to be taken back at the target";
            return Err((FaultCode::NeedsApproval, message.to_owned()));
        }
        if paused || !provider.enabled {
            let what = if provider.enabled { "paused" } else { "switched off" };
            let message = format!(
                "provider `{}` or its tenant is {what}, so nothing is begun there: wait until it goes on",
                provider.id
            );
            return Err((FaultCode::Paused, message));
        }
        let not_ready = |message: String| Err((FaultCode::NotReady, message));
        let Deadlines { not_before, retry_at, .. } = execution.deadlines;
        let retry_at = retry_at.filter(|_| !is_undo);
        if let Some(at) = not_before.max(retry_at).filter(|at| *at > self.now) {
            return not_ready(format!("the action is not to be begun before {at}: wait until then"));
        }
        let ends = [execution.deadlines.ends(execution.begun.is_some()).min(), execution.useful_until()];
        if !is_undo && ends.into_iter().flatten().any(|at| at <= self.now) {
            return not_ready("the action is over: it is not to be begun any more".to_owned());
        }
        let Some(in_the_way) = self.view.in_the_way.get(&(tenant, id)) else {
            return not_ready("the action has just changed: read it again".to_owned());
        };
        let holds = |other: &&ActionId| {
            let other = self.view.action(tenant, **other).and_then(|record| record.execution.as_ref());
            other.is_some_and(|other| other.keeps_from(execution))
        };
        let free = self.view.may_hold(tenant, execution.provider, execution.target_key(id), id);
        if let Some(other) = in_the_way.iter().find(holds) {
            return not_ready(format!("action `{other}` is in work on the same target: finish it first"));
        }
        let in_flight = self.view.queue(tenant, execution.provider).map_or(0, |queue| queue.in_flight);
        let full = status == Status::Running && in_flight >= i64::from(provider.max_concurrent);
        if full || !free {
            let most = provider.max_concurrent;
            let message =
                format!("the provider has {most} actions, or its target, in work: finish one first");
            return not_ready(message);
        }
        Ok(())
    }
}

/// Why an action that was guarded just now is not begun.
fn guarded(moving: &Moving) -> Refusal {
    let error = moving.action.error_info.as_ref().and_then(|error| error.message.clone());
    match error.filter(|_| moving.execution.phase == Phase::Rejected) {
        Some(reason) => conflict(FaultCode::ProtectedTarget, "status", reason),
        None => {
            let message = "the target takes an approval since the action was filed: it awaits one now, and is not to \
                           be begun before";
            conflict(FaultCode::NeedsApproval, "status", message)
        }
    }
}
