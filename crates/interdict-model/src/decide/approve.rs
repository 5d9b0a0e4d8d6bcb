//! What people say about an action that awaits their approval.

use super::steps::Steps;
use super::{Rules, conflict};
use crate::execution::{Phase, Verdict};
use crate::journal::Kind;
use crate::{ActionId, Decision, Execution, Fault, FaultCode, Refusal, result_code};

impl Rules<'_> {
    /// A person agrees, or does not. The first who does not ends the action; when enough agree, it goes to its provider.
    pub(super) fn judge(
        &self,
        id: ActionId,
        hash: &str,
        approved: bool,
        comment: Option<&str>,
    ) -> Result<Decision, Refusal> {
        let mut steps = Steps::new(self);
        let record = steps.record(id).ok_or_else(|| Refusal::NotFound(id.to_string()))?;
        let status = record.action.status;
        let Some(user) = &self.actor.user else {
            let message = "a person decides: this takes a delegated token, with a user in it";
            return Err(Refusal::Forbidden(Fault::new(FaultCode::NotApprovable, "", message)));
        };
        let asks = |message: &str| conflict(FaultCode::NotApprovable, "id", message);
        let Some(mut moving) = steps.take(id) else {
            return Err(asks("the action is only recorded: nobody need agree to it"));
        };
        let phase = moving.execution.phase;
        let Execution { approval: Some(approval), requesters, .. } = &mut moving.execution else {
            return Err(asks("nobody need agree to this action"));
        };
        if approval.decisions.iter().any(|it| it.user_id == *user.id && it.approved == approved) {
            let answer = steps.shown(id);
            return Ok(steps.answer(answer));
        }
        if phase != Phase::AwaitingApproval {
            let message =
                format!("the action is `{status}`, phase `{}`: it awaits no approval", phase.name());
            return Err(asks(&message));
        }
        if approval.hash != hash {
            let message = "the action is not the one of that hash any more: read it again, and decide on what it is now";
            return Err(conflict(FaultCode::NotApprovable, "hash", message));
        }
        if !approval.admits(user, requesters) {
            let message = "whoever filed the action, or changed what is to be done, or is not among its approvers, has no say in it";
            return Err(Refusal::Forbidden(Fault::new(FaultCode::NotApprovable, "", message)));
        }
        approval.decisions.retain(|it| it.user_id != *user.id);
        approval.decisions.push(Verdict {
            user_id: user.id.to_string(),
            user: user.name.as_ref().map(ToString::to_string),
            date_time: self.now,
            approved,
            comment: comment.map(str::to_owned),
        });
        let (met, name) = (approval.is_met(), user.name.as_deref().unwrap_or(&user.id));
        if !approved {
            moving.execution.phase = Phase::Rejected;
            moving.fault(result_code::REJECTED, format!("rejected by {name}"));
        } else if met {
            self.release(&mut moving.execution);
        }
        steps.put(moving, if approved { Kind::Approved } else { Kind::Rejected });
        let answer = steps.shown(id);
        Ok(steps.answer(answer))
    }
}
