//! What the list of protected targets says of an action that is not begun: looked at again when the list changes, and
//! before the action is handed out.

use uuid::Uuid;

use super::Rules;
use super::needs::one_approval;
use super::steps::{Moving, Steps};
use crate::action::Status;
use crate::execution::{Phase, Work};
use crate::guard::{self, GuardMode, Met, ProtectedTarget};
use crate::journal::Kind;
use crate::view::Answer;
use crate::{ActionId, Decision, Execution, result_code};

impl Rules<'_> {
    /// Has the list hold for each of these that is not begun; others are passed over.
    pub(super) fn guard_all(&self, ids: &[ActionId], met: Option<&(Uuid, Box<Met>)>) -> Decision {
        let mut steps = Steps::new(self);
        if let Some((entry, met)) = met.filter(|(_, met)| !met.is_empty()) {
            // Ids and a truth value: cannot fail to serialise.
            let change = serde_json::to_string(met).unwrap_or_default().into();
            steps.note(self.draft(*entry, Kind::GuardMet, change));
        }
        let (mut rejected, mut withheld) = (0, 0);
        for id in ids {
            let Some(mut moving) = steps.take(*id) else { continue };
            let Some(kind) = self.guard(&mut moving) else { continue };
            if kind == Kind::Rejected {
                rejected += 1
            } else {
                withheld += 1
            }
            steps.put(moving, kind);
        }
        steps.answer(Answer::Guarded { rejected, withheld })
    }

    /// Has the list of protected targets, as it is now, hold for an action: it is rejected, or awaits the approval that it
    /// takes by now. `None` where it may go on.
    pub(super) fn guard(&self, moving: &mut Moving) -> Option<Kind> {
        let execution = &moving.execution;
        // What was begun is not undone in silence, and what lifts an effect always may.
        if execution.may_be_done() || execution.phase.is_final() || execution.undo_of.is_some() {
            return None;
        }
        let protection = self.protection(&execution.work)?;
        if let Some(reason) = protection.denies {
            self.reject(moving, reason);
            return Some(Kind::Rejected);
        }
        let uncovered = uncovered(execution, protection.entries);
        let entry = uncovered.first()?;
        if moving.action.status != Status::NotStarted {
            // What was handed out stays `Running` until it is over: it cannot wait for an approval any more.
            let message = format!(
                "the target takes an approval since it was handed out, by entry `{entry}`: file the action anew"
            );
            self.reject(moving, message);
            return Some(Kind::Rejected);
        }
        self.withhold(moving, uncovered);
        Some(Kind::Withheld)
    }

    fn reject(&self, moving: &mut Moving, reason: String) {
        moving.execution.phase = Phase::Rejected;
        moving.fault(result_code::PROTECTED_TARGET, reason);
        self.leave(moving);
    }

    /// It awaits approval anew, of all that takes one: what was agreed to did not name these entries.
    fn withhold(&self, moving: &mut Moving, entries: Vec<Uuid>) {
        let Execution { work, request, approval, provider, .. } = &moving.execution;
        let mut needs = approval.as_ref().map_or_else(Vec::new, |approval| approval.needs.clone());
        needs.extend(entries.into_iter().map(|entry| one_approval(Some(entry))));
        moving.execution.approval = self.to_approve(needs, *provider, work, request);
        moving.execution.phase = Phase::AwaitingApproval;
        moving.execution.deadlines.start_by = None;
    }

    /// How the target of a work is protected now, if it is.
    pub(super) fn protection(&self, work: &Work) -> Option<Protection> {
        let settings = self.view.settings(self.actor.tenant());
        let all = || guard::well_known().iter().chain(&*self.view.own).chain(settings.protected.values());
        let mut entries = Vec::new();
        for target in &work.touched {
            for entry in all().filter(|entry| entry.matches(&work.name, target, self.now)) {
                if entry.mode == GuardMode::Deny {
                    let ProtectedTarget { id, value, reason, .. } = entry;
                    let reason =
                        format!("`{}` is protected by entry `{id}` (`{value}`): {reason}", target.text);
                    return Some(Protection { entries: vec![*id], denies: Some(reason) });
                }
                if !entries.contains(&entry.id) {
                    entries.push(entry.id);
                }
            }
        }
        (!entries.is_empty()).then_some(Protection { entries, denies: None })
    }
}

/// Those of the entries that no approval of the action names.
pub(super) fn uncovered(execution: &Execution, mut entries: Vec<Uuid>) -> Vec<Uuid> {
    entries.retain(|entry| !execution.approval.as_ref().is_some_and(|approval| approval.covers(*entry)));
    entries
}

/// How a target is protected.
pub(super) struct Protection {
    /// The entries that say so: the one that denies it, or all that ask for an approval.
    pub(super) entries: Vec<Uuid>,
    /// Why nothing may be done to it; `None` where it takes an approval.
    pub(super) denies: Option<String>,
}
