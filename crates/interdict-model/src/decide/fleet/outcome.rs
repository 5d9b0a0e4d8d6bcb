//! What becomes of an action by the parts of its members.

use super::super::Rules;
use super::super::steps::Moving;
use crate::action::ResultInfo;
use crate::execution::{Fleet, MemberState, Phase};
use crate::result_code;

impl Rules<'_> {
    /// Once nothing more is expected of anybody, the action is what its parts make of it.
    pub(super) fn conclude(&self, moving: &mut Moving) {
        let Some(fleet) = moving.execution.fleet.as_ref().filter(|fleet| fleet.is_finished()) else { return };
        let (silent, failed, cancelled, succeeded) = (
            fleet.has(MemberState::Silent),
            fleet.has(MemberState::Failed),
            fleet.has(MemberState::Cancelled),
            fleet.has(MemberState::Succeeded),
        );
        if !silent && !failed && !cancelled {
            self.succeed(moving, None);
            return;
        }
        if moving.execution.undo_of.is_some() {
            return self.conclude_undo(moving, succeeded);
        }
        if cancelled && !silent && !failed && !succeeded {
            self.cancelled(moving);
            return;
        }
        let uncertain = fleet.members.values().any(|member| member.uncertain);
        moving.execution.phase = match (silent, moving.execution.cancel.is_some()) {
            (true, false) => Phase::TimedOut,
            (true, true) => Phase::Unknown,
            (false, _) if uncertain => Phase::Unknown,
            (false, _) => Phase::Failed,
        };
        let info = summary(moving.execution.fleet.as_ref());
        moving.action.error_info = Some(info);
        // Some of them did it: that is in force, and undone at its end.
        if succeeded || silent { self.hold_unconfirmed(moving) } else { self.leave(moving) }
    }

    /// An undo that not every member did: whoever is silent converges by what is in force once it returns. Where nobody did
    /// it, it is tried again by whoever is live then. One that was given up is so for all.
    fn conclude_undo(&self, moving: &mut Moving, succeeded: bool) {
        if moving.execution.phase == Phase::Cancelling {
            return self.cancelled(moving);
        }
        if succeeded {
            return self.succeed(moving, None);
        }
        moving.execution.fleet = None;
        moving.execution.begun = None;
        self.undo_failed(moving);
        self.fail(moving, true, None);
    }

    /// What becomes of an action that ended without its silent members, now that one of them has spoken.
    pub(super) fn conclude_late(&self, moving: &mut Moving, succeeded: bool) {
        let Some(fleet) = &moving.execution.fleet else { return };
        let (all, none) = (
            fleet.members.values().all(|member| member.state == MemberState::Succeeded),
            !fleet.has(MemberState::Succeeded) && !fleet.has(MemberState::Silent),
        );
        moving.execution.late = true;
        if all {
            moving.action.error_info = None;
            return self.succeed(moving, None);
        }
        if !fleet.has(MemberState::Silent) {
            moving.execution.phase = Phase::Failed;
        }
        moving.action.error_info = Some(summary(moving.execution.fleet.as_ref()));
        let holds = moving.effect.as_ref().is_some_and(|effect| effect.is_held_by(moving.id()));
        if none && !moving.execution.uncertain {
            self.drop_hold(moving);
        } else if succeeded && !holds {
            self.done_in_vain(moving);
        }
    }
}

/// What went wrong, and where.
fn summary(fleet: Option<&Fleet>) -> ResultInfo {
    let bad = |state: MemberState| matches!(state, MemberState::Failed | MemberState::Silent);
    let members = fleet.into_iter().flat_map(|fleet| &fleet.members);
    let names: Vec<_> = members.filter(|(_, it)| bad(it.state)).map(|(name, _)| name.as_str()).collect();
    let shown = names.iter().take(10).copied().collect::<Vec<_>>().join(", ");
    let more = if names.len() > 10 { ", …" } else { "" };
    let message = format!("not done by {} of its members: {shown}{more}", names.len());
    ResultInfo { code: result_code::MEMBERS_FAILED.0, message: Some(message), subcode: 0 }
}
