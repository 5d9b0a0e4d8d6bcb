//! Cancelling an action.

use super::steps::{Moving, Steps};
use super::{Rules, conflict};
use crate::action::Status;
use crate::execution::{CancelRequest, Phase};
use crate::journal::Kind;
use crate::version::Precondition;
use crate::view::{Answer, Record};
use crate::{ActionId, Decision, FaultCode, Refusal, result_code};

impl Rules<'_> {
    /// Ends an action that nobody holds at once as Failed; a provider that has it is asked to stop. A repeated cancel is
    /// answered as the first.
    pub(super) fn cancel(
        &self,
        id: ActionId,
        precondition: &Precondition,
        comment: Option<&str>,
        fresh: ActionId,
    ) -> Result<Decision, Refusal> {
        let record = self.existing(id, precondition)?;
        let asked = record.execution.as_ref().is_some_and(|execution| execution.cancel.is_some());
        if record.cancelled || asked {
            return Ok(Decision::unchanged(Answer::Done));
        }
        let status = record.action.status;
        if status.is_final() {
            return Err(finished(record, status));
        }
        let mut steps = Steps::new(self);
        if let Some(moving) = steps.take(id) {
            self.cancel_routed(&mut steps, moving, comment, fresh);
            return Ok(steps.answer(Answer::Done));
        }
        self.cancel_recorded(&mut steps, id, comment);
        Ok(steps.answer(Answer::Done))
    }

    /// Ends an action that nobody carries out.
    pub(super) fn cancel_recorded(&self, steps: &mut Steps<'_, '_>, id: ActionId, comment: Option<&str>) {
        let Some(before) = steps.record(id).cloned() else { return };
        let mut after = before.action.clone();
        self.enter(&mut after, Status::Failed);
        after.error_info = Some(result_code::cancelled(self.canceller(), comment));
        after.completed = Some(self.now);
        after.last_action = self.now;
        steps.put_recorded(&before, after, true, Kind::Cancelled);
    }

    pub(super) fn cancel_routed(
        &self,
        steps: &mut Steps<'_, '_>,
        mut moving: Moving,
        comment: Option<&str>,
        fresh: ActionId,
    ) {
        moving.execution.cancel = Some(CancelRequest {
            at: self.now,
            by: self.canceller().to_owned(),
            comment: comment.map(str::to_owned),
        });
        match moving.execution.phase {
            Phase::Delivered | Phase::Executing => {
                moving.execution.phase = Phase::Cancelling;
                self.cancel_parts(&mut moving);
                steps.put(moving, Kind::CancelRequested);
            }
            // An attempt ended, and nobody knows what it did.
            Phase::Retrying if moving.execution.uncertain && moving.execution.undo_of.is_none() => {
                moving.execution.phase = Phase::Unknown;
                let message = "cancelled after an attempt of which nobody knows what it did";
                moving.fault(result_code::UNKNOWN, message);
                self.hold_unconfirmed(&mut moving);
                self.let_go(steps, moving, Kind::Cancelled, fresh);
            }
            _ => {
                self.cancelled(&mut moving);
                steps.put(moving, Kind::Cancelled);
            }
        }
    }

    fn canceller(&self) -> &str {
        let user = self.actor.user.as_ref().map(|user| user.name.as_deref().unwrap_or(&user.id));
        user.or(self.actor.app.as_ref().map(|app| &*app.0)).unwrap_or("the operator")
    }
}

fn finished(record: &Record, status: Status) -> Refusal {
    let held = record.execution.as_ref().and_then(|execution| execution.effect.as_ref());
    if held.is_some_and(|holding| holding.state.is_wanted()) {
        let message = format!(
            "the action is `{status}` and its effect is in force: POST /api/v1/actions/{}/undo ends it",
            record.action.id
        );
        return conflict(FaultCode::HoldsEffect, "status", message);
    }
    let message = format!("the action is `{status}`; a finished action cannot be cancelled");
    conflict(FaultCode::AlreadyFinal, "status", message)
}
