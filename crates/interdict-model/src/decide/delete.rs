//! Removing a final action.

use super::{Rules, conflict};
use crate::journal::Kind;
use crate::version::Precondition;
use crate::view::{Answer, Change};
use crate::{ActionId, Decision, FaultCode, Refusal};

impl Rules<'_> {
    pub(super) fn delete(&self, id: ActionId, precondition: &Precondition) -> Result<Decision, Refusal> {
        let record = self.existing(id, precondition)?;
        let status = record.action.status;
        if !status.is_final() {
            let message =
                format!("the action is `{status}`; cancel it first, only a finished action can be deleted");
            return Err(conflict(FaultCode::NotFinal, "status", message));
        }
        let held = record.execution.as_ref().and_then(|execution| execution.effect.as_ref());
        if held.is_some_and(|holding| holding.state.may_be_in_force()) {
            let message = format!(
                "the action's effect may be in force: POST /api/v1/actions/{id}/undo, then delete it"
            );
            return Err(conflict(FaultCode::HoldsEffect, "status", message));
        }
        Ok(Decision {
            changes: vec![Change::DeleteAction(self.actor.tenant(), id)],
            entries: vec![self.draft(id.0, Kind::Deleted, "".into())],
            answer: Answer::Done,
        })
    }
}
