//! What happens of its own accord: deadlines of actions, and the end of effects. Whoever sweeps only names what may be
//! due; whether it is, is decided here.

use super::Rules;
use super::steps::{Moving, Steps};
use crate::command::Due;
use crate::effect::{EffectKey, EffectState};
use crate::execution::{ATTEMPTS, Phase};
use crate::journal::Kind;
use crate::view::Answer;
use crate::{ActionId, Decision, result_code};

impl Rules<'_> {
    /// Does what is due of `due`. `fresh` ids are those of undo actions that may have to be filed.
    pub(super) fn fire(&self, due: &[Due]) -> Decision {
        let mut steps = Steps::new(self);
        for subject in due {
            match subject {
                Due::Action { id, fresh } => self.fire_action(&mut steps, *id, *fresh),
                Due::Effect { key, holders, fresh } => self.fire_effect(&mut steps, key, holders, *fresh),
            }
        }
        steps.answer(Answer::Done)
    }

    fn fire_action(&self, steps: &mut Steps<'_, '_>, id: ActionId, fresh: ActionId) {
        let Some(mut moving) = steps.take(id) else { return };
        if moving.execution.timer().is_none_or(|timer| timer > self.now) {
            return;
        }
        let given_up = moving.execution.cancel.is_some();
        let in_parts = moving.execution.fleet.is_some() && moving.execution.is_in_flight();
        if in_parts {
            self.fire_parts(&mut moving);
        } else if moving.execution.undo_of.is_some() {
            self.fire_undo(&mut moving);
        } else {
            self.fire_other(&mut moving);
        }
        // Nobody knows what a cancelled action did: it is undone.
        let undo = given_up && moving.execution.phase.is_open_to_truth();
        if undo {
            self.let_go(steps, moving, Kind::Deadline, fresh);
        } else {
            steps.put(moving, Kind::Deadline);
        }
    }

    /// An undo is tried until it is done: no deadline ends it.
    fn fire_undo(&self, moving: &mut Moving) {
        let execution = &mut moving.execution;
        if execution.phase == Phase::Cancelling {
            self.cancelled(moving);
        } else if execution.is_in_flight() {
            execution.uncertain |= execution.phase == Phase::Executing;
            self.fail(moving, true, None);
        } else {
            execution.deadlines.retry_at = None;
            execution.deadlines.run_until = None;
        }
    }

    fn fire_other(&self, moving: &mut Moving) {
        let passed = |instant: Option<crate::Timestamp>| instant.is_some_and(|instant| instant <= self.now);
        let execution = &mut moving.execution;
        let deadlines = &execution.deadlines;
        let begun = execution.begun.is_some();
        if passed(deadlines.finish_by) && begun || passed(deadlines.run_until) {
            return self.timed_out(moving);
        }
        let useless = passed(execution.request.until);
        if begun && useless && execution.phase == Phase::Retrying {
            return self.timed_out(moving);
        }
        if !begun
            && (passed(deadlines.finish_by) || passed(deadlines.start_by) || useless)
            && execution.phase != Phase::Delivered
            && execution.phase != Phase::Cancelling
        {
            return self.expire(moving);
        }
        if execution.phase == Phase::AwaitingApproval {
            execution.phase = Phase::Rejected;
            return moving.fault(result_code::REJECTED, "nobody agreed to it in time");
        }
        match execution.phase {
            Phase::Scheduled => execution.phase = Phase::Queued,
            Phase::Retrying => execution.deadlines.retry_at = None,
            // Nothing was begun, so it is simply handed out again.
            Phase::Delivered => {
                execution.phase = Phase::Retrying;
                execution.deadlines.retry_at = None;
            }
            Phase::Executing if execution.work.repeat_safe && execution.tries < ATTEMPTS => {
                execution.uncertain = true;
                self.fail(moving, true, None);
            }
            Phase::Executing => self.lost(moving),
            Phase::Cancelling if !execution.lease.as_ref().is_some_and(|lease| lease.started) => {
                self.cancelled(moving);
            }
            Phase::Cancelling => self.lost(moving),
            _ => {}
        }
    }

    fn timed_out(&self, moving: &mut Moving) {
        moving.execution.phase = Phase::TimedOut;
        moving.fault(result_code::TIMED_OUT, "the provider had begun and did not finish in time");
        self.hold_unconfirmed(moving);
    }

    fn expire(&self, moving: &mut Moving) {
        moving.execution.phase = Phase::Expired;
        moving.fault(result_code::EXPIRED, "no provider began with it in time");
        self.drop_hold(moving);
    }

    /// The provider fell silent while it was at it.
    fn lost(&self, moving: &mut Moving) {
        if moving.execution.work.repeat_safe && moving.execution.cancel.is_none() {
            moving.execution.phase = Phase::Failed;
            let message = format!("the provider fell silent at each of {ATTEMPTS} attempts");
            moving.fault(result_code::ATTEMPTS_USED_UP, message);
        } else {
            moving.execution.phase = Phase::Unknown;
            let message = "the provider had begun and fell silent; whether it was done is not known";
            moving.fault(result_code::UNKNOWN, message);
        }
        self.hold_unconfirmed(moving);
    }

    fn fire_effect(&self, steps: &mut Steps<'_, '_>, key: &EffectKey, holders: &[ActionId], fresh: ActionId) {
        for id in holders {
            let Some(effect) = steps.effect(key) else { return };
            let untold = effect.untold.contains(id) && !effect.state.is_ending();
            let is_over = |until: Option<crate::Timestamp>| until.is_some_and(|until| until <= self.now);
            let ends = effect.timer().is_some()
                && effect.holders.iter().any(|holder| holder.action == *id && is_over(holder.until));
            if !untold && !ends {
                continue;
            }
            let Some(moving) = steps.take(*id) else { continue };
            if untold {
                self.tell(steps, moving);
            } else {
                self.let_go(steps, moving, Kind::Released, fresh);
            }
        }
    }

    /// A holder learns that its effect has ended.
    fn tell(&self, steps: &mut Steps<'_, '_>, mut moving: Moving) {
        let Some(mut effect) = moving.effect.clone() else { return };
        let id = moving.id();
        effect.untold.retain(|untold| *untold != id);
        if let Some(holding) = &mut moving.execution.effect {
            holding.state = EffectState::Ended;
        }
        moving.execution.undone_by = effect.undone_by.or(moving.execution.undone_by);
        moving.put_effect(effect);
        steps.put(moving, Kind::Released);
    }
}
