//! Cancelling an action.

use super::{Rules, conflict};
use crate::action::Status;
use crate::journal::Kind;
use crate::version::Precondition;
use crate::view::Answer;
use crate::{ActionId, Decision, FaultCode, Refusal, result_code};

impl Rules<'_> {
    /// Ends an action that nobody holds at once as Failed. A repeated cancel is answered as the first.
    pub(super) fn cancel(&self, id: ActionId, precondition: &Precondition) -> Result<Decision, Refusal> {
        let record = self.existing(id, precondition)?;
        if record.cancelled {
            return Ok(Decision::unchanged(Answer::Done));
        }
        let status = record.action.status;
        if status.is_final() {
            let message = format!("the action is `{status}`; a finished action cannot be cancelled");
            return Err(conflict(FaultCode::AlreadyFinal, "status", message));
        }
        let mut after = record.action.clone();
        self.enter(&mut after, Status::Failed);
        after.error_info = Some(result_code::cancelled(self.canceller()));
        after.completed = Some(self.now);
        after.last_action = self.now;
        let decision = self.changed(record, after, true, Kind::Cancelled);
        Ok(Decision { answer: Answer::Done, ..decision })
    }

    fn canceller(&self) -> &str {
        let user = self.actor.user.as_ref().map(|user| user.name.as_deref().unwrap_or(&user.id));
        user.or(self.actor.app.as_ref().map(|app| &*app.0)).unwrap_or("the operator")
    }
}
