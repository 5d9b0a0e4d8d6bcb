//! Actions that every member of a fleet carries out: who has a part, until when, and when it is over. What a member reports
//! changes its own part; what becomes of the action follows once nothing more is expected of anybody.

mod outcome;
mod report;

use super::Rules;
use super::effects::UNDO_RUN_FOR;
use super::report::UNDO_ALERT;
use super::steps::Moving;
use crate::effect::EffectState;
use crate::execution::{ATTEMPTS, Execution, Fleet, Lease, Member, MemberState, Phase};
use crate::provider::Provider;
use crate::view::Queue;
use crate::{ActionId, Fault, FaultCode, Refusal, Timestamp};

/// One that has not asked for so many seconds, a week, is no member any more.
const FORGOTTEN_SECONDS: i64 = 604_800;
/// A provider's programs, those left out that are no members any more.
const MEMBERS: usize = 1_000;

impl Rules<'_> {
    /// The fleet of a provider as it is now: whoever asked lately is to do its part, and others are missed.
    pub(super) fn muster(&self, provider: &Provider, queue: &Queue, asking: &str, is_undo: bool) -> Fleet {
        let until = is_undo.then(|| self.now.plus_seconds(UNDO_RUN_FOR));
        let mut fleet = Fleet::default();
        for (name, at) in &queue.members {
            if provider.is_live(*at, self.now) || name == asking {
                fleet.members.insert(name.clone(), Member::waiting(until));
            } else if at.plus_seconds(FORGOTTEN_SECONDS) >= self.now {
                fleet.missed.push(name.clone());
            }
        }
        fleet.members.entry(asking.to_owned()).or_insert_with(|| Member::waiting(until));
        fleet
    }

    /// A provider has so many programs at the most.
    pub(super) fn must_be_member(&self, queue: &Queue, asking: Option<&str>) -> Result<(), Refusal> {
        let known = asking.is_none_or(|name| queue.members.contains_key(name));
        let lately = |at: &&Timestamp| at.plus_seconds(FORGOTTEN_SECONDS) >= self.now;
        if known || queue.members.values().filter(lately).count() < MEMBERS {
            return Ok(());
        }
        let message = format!("{MEMBERS} other programs of this provider asked for work within the week");
        Err(Refusal::Invalid(vec![Fault::new(FaultCode::TooLong, "instanceId", message)]))
    }

    /// Gives a member its part, where it has one that is to be done now.
    pub(super) fn hand_part_out(&self, moving: &mut Moving, instance: &str, lease: Lease) -> Option<u32> {
        let until = moving.execution.undo_of.map(|_| self.now.plus_seconds(UNDO_RUN_FOR));
        let member = moving.execution.fleet.as_mut()?.members.get_mut(instance)?;
        member.state = MemberState::Delivered;
        member.until = until;
        member.attempt = member.attempt.saturating_add(1);
        member.lease = Some(lease);
        let attempt = member.attempt;
        if !moving.execution.is_in_flight() {
            moving.execution.phase = Phase::Delivered;
        }
        moving.execution.attempt = moving.execution.attempt.max(attempt);
        if !moving.execution.work.lifts {
            self.hold(moving, EffectState::Pending);
        }
        Some(attempt)
    }

    /// A member's part is to be given to it once more, later.
    fn try_again(&self, member: &mut Member, id: ActionId, is_undo: bool, asked: Option<i64>) {
        member.state = MemberState::Waiting;
        member.retry_at = Some(Execution::next_attempt(member.attempt, id, self.now, asked));
        member.until = self.waited_for(member, is_undo);
    }

    /// Until when a member that waits for its part of an undo is waited for.
    fn waited_for(&self, member: &Member, is_undo: bool) -> Option<Timestamp> {
        is_undo.then(|| member.retry_at.unwrap_or(self.now).plus_seconds(UNDO_RUN_FOR))
    }

    /// Somebody began. An undo has no time of its own: each member has its own.
    fn begin(&self, moving: &mut Moving) {
        if moving.execution.begun.is_none() {
            moving.execution.begun = Some(self.now);
            let until = self.now.plus_seconds(moving.execution.deadlines.run_for);
            moving.execution.deadlines.run_until = moving.execution.undo_of.is_none().then_some(until);
        }
        if moving.execution.phase == Phase::Delivered {
            moving.execution.phase = Phase::Executing;
        }
    }

    /// What becomes of the parts whose time is over.
    pub(super) fn fire_parts(&self, moving: &mut Moving) {
        let passed = |instant: Option<Timestamp>| instant.is_some_and(|instant| instant <= self.now);
        let execution = &mut moving.execution;
        let is_undo = execution.undo_of.is_some();
        if is_undo {
            execution.deadlines.run_until = None;
        }
        let over = passed(execution.deadlines.run_until) || !is_undo && passed(execution.deadlines.finish_by);
        let (cancelling, repeat_safe) = (execution.phase == Phase::Cancelling, execution.work.repeat_safe);
        let id = moving.action.id;
        let (mut uncertain, mut alert) = (execution.uncertain, false);
        let Some(fleet) = &mut execution.fleet else { return };
        for member in fleet.members.values_mut().filter(|member| !member.state.is_final()) {
            let expires =
                member.lease.as_ref().map(|it| if cancelling { it.grace_end() } else { it.expires });
            let in_flight = member.state.is_in_flight();
            let lapsed = in_flight && (passed(expires) || !cancelling && passed(member.until));
            let began = member.state == MemberState::Executing;
            if over {
                member.state = MemberState::Silent;
            } else if lapsed && cancelling {
                member.state = if began { MemberState::Silent } else { MemberState::Cancelled };
            } else if lapsed && !began && !is_undo {
                // Nothing was begun, so it is simply given it again, should it ask; else the time to run ends it.
                member.state = MemberState::Waiting;
            } else if lapsed && (is_undo || repeat_safe && member.tries < ATTEMPTS) {
                uncertain |= began;
                self.try_again(member, id, is_undo, None);
                alert |= is_undo && member.attempt >= UNDO_ALERT;
            } else if lapsed {
                member.state = MemberState::Silent;
            } else if in_flight {
                // It has time left.
            } else if passed(member.retry_at) {
                member.retry_at = None;
            } else if member.retry_at.is_none() && passed(member.until) {
                member.state = MemberState::Silent;
            }
        }
        execution.uncertain = uncertain;
        // Parts that nobody began have no time to run: they have the time to begin.
        let start_by = execution.deadlines.start_by;
        if execution.begun.is_none() && passed(start_by) && !is_undo {
            let parts = execution.fleet.iter_mut().flat_map(|fleet| fleet.members.values_mut());
            parts.filter(|member| !member.state.is_final()).for_each(|it| it.state = MemberState::Silent);
        }
        if alert {
            self.undo_failed(moving);
        }
        self.conclude(moving);
    }

    /// Asks every member to stop; those that were not given their part yet never are.
    pub(super) fn cancel_parts(&self, moving: &mut Moving) {
        for member in moving.execution.fleet.iter_mut().flat_map(|fleet| fleet.members.values_mut()) {
            if member.state == MemberState::Waiting {
                member.state = MemberState::Cancelled;
            }
        }
        self.conclude(moving);
    }
}
