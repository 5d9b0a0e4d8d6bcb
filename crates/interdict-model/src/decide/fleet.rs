//! Actions that every member of a fleet carries out. What a member reports changes its own part; what becomes of the action
//! follows once nothing more is expected of anybody.

use super::effects::UNDO_RUN_FOR;
use super::report::UNDO_ALERT;
use super::steps::{Moving, Steps};
use super::{Rules, conflict};
use crate::action::ResultInfo;
use crate::command::{Report, ReportKind};
use crate::effect::EffectState;
use crate::execution::{ATTEMPTS, Execution, Fleet, Lease, LeaseId, Member, MemberState, Phase};
use crate::journal::Kind;
use crate::provider::Provider;
use crate::raw_json::RawJson;
use crate::view::{Answer, Queue};
use crate::{ActionId, Decision, Fault, FaultCode, Refusal, Timestamp, result_code};

/// A member that asked within so many times its lease is live.
const LIVE_LEASES: i64 = 3;
/// And within so many seconds, however short its lease.
const LIVE_SECONDS: i64 = 30;
/// One that has not asked for so many seconds, a week, is no member any more.
const FORGOTTEN_SECONDS: i64 = 604_800;
/// A provider's programs, those left out that are no members any more.
const MEMBERS: usize = 1_000;

impl Rules<'_> {
    /// The fleet of a provider as it is now: whoever asked lately is to do its part, and others are missed.
    pub(super) fn muster(&self, provider: &Provider, queue: &Queue, asking: &str, is_undo: bool) -> Fleet {
        let until = is_undo.then(|| self.now.plus_seconds(UNDO_RUN_FOR));
        let window = (i64::from(provider.lease_seconds) * LIVE_LEASES).max(LIVE_SECONDS);
        let live = |at: &Timestamp| at.plus_seconds(window) >= self.now;
        let mut fleet = Fleet::default();
        for (name, at) in &queue.members {
            if live(at) || name == asking {
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

    /// What a member says about its part.
    pub(super) fn report_part(
        &self,
        mut steps: Steps<'_, '_>,
        mut moving: Moving,
        name: &str,
        id: LeaseId,
        report: &Report,
    ) -> Result<Decision, Refusal> {
        let lost = || super::report::lease_lost(&id);
        let phase = moving.execution.phase;
        let cancelling = phase == Phase::Cancelling;
        let is_undo = moving.execution.undo_of.is_some();
        let repeat_safe = moving.execution.work.repeat_safe;
        let member = moving.execution.fleet.as_mut().and_then(|fleet| fleet.members.get_mut(name));
        let Some(member) = member else { return Err(lost()) };
        let lease = member.lease.clone().ok_or_else(lost)?;
        let ended = member.state.is_final() || phase.is_final();
        if ended && member.state != MemberState::Silent {
            return after_the_end(steps, member.state, id, report);
        }
        if lease.ended {
            // It was given back, or said to have failed: the same claim says nothing else.
            return match &report.kind {
                ReportKind::Fail { .. } => {
                    let answer = steps.shown(id.action);
                    Ok(steps.answer(answer))
                }
                _ => self.late(steps, id, report),
            };
        }
        if let (ReportKind::Fail { .. } | ReportKind::Release { .. }, Some(lease)) =
            (&report.kind, &mut member.lease)
        {
            lease.ended = true;
        }
        if ended {
            return self.late_part(steps, moving, name, id, report);
        }
        let holds = member.state.is_in_flight() && lease.expires > self.now;
        match &report.kind {
            ReportKind::Renew { seconds, progress } => {
                if !holds {
                    return Err(lost());
                }
                // Only until when a lease holds is written without an entry.
                let news = seconds.is_some_and(|seconds| seconds != lease.seconds)
                    || progress.is_some() && *progress != member.result;
                let expires = renew_part(member, self.now, *seconds, progress.as_ref());
                let answer = Answer::Renewed { cancel: cancelling, expires };
                let first = !lease.started;
                if first {
                    member.tries = member.tries.saturating_add(1);
                    self.begin(&mut moving);
                }
                if !first && !news {
                    return Ok(steps.extended(moving, answer));
                }
                steps.put(moving, if first { Kind::Started } else { Kind::Progressed });
                return Ok(steps.answer(answer));
            }
            ReportKind::Complete { result, undo } => {
                member.state = MemberState::Succeeded;
                member.error_info = None;
                member.result.clone_from(result);
                keep_undo(&mut moving, name, undo.as_ref());
            }
            ReportKind::Fail { error_info, result, retryable, retry_after, cancelled, uncertain } => {
                if !lease.started {
                    member.tries = member.tries.saturating_add(1);
                }
                member.error_info = Some(error_info.clone());
                member.result.clone_from(result);
                let again = *retryable && (!uncertain || repeat_safe) && member.tries < ATTEMPTS;
                member.state = if *cancelled && !uncertain && (cancelling || !is_undo) {
                    MemberState::Cancelled
                } else if !cancelling && (is_undo || again) {
                    self.try_again(member, id.action, is_undo, *retry_after);
                    MemberState::Waiting
                } else {
                    MemberState::Failed
                };
                moving.execution.uncertain |= uncertain;
                if is_undo && !cancelling && (!retryable || member.attempt >= UNDO_ALERT) {
                    self.undo_failed(&mut moving);
                }
            }
            ReportKind::Release { delay } => {
                if !holds {
                    return Err(lost());
                }
                member.state = if cancelling { MemberState::Cancelled } else { MemberState::Waiting };
                member.retry_at = delay.map(|seconds| self.now.plus_seconds(seconds));
                member.until = self.waited_for(member, is_undo);
            }
        }
        self.conclude(&mut moving);
        steps.put(moving, Kind::Reported);
        let answer = steps.shown(id.action);
        Ok(steps.answer(answer))
    }

    /// What a member says of its part that had been given up.
    fn late_part(
        &self,
        mut steps: Steps<'_, '_>,
        mut moving: Moving,
        name: &str,
        id: LeaseId,
        report: &Report,
    ) -> Result<Decision, Refusal> {
        let member = moving.execution.fleet.as_mut().and_then(|fleet| fleet.members.get_mut(name));
        let Some(member) = member else { return Err(super::report::lease_lost(&id)) };
        let succeeded = match &report.kind {
            ReportKind::Renew { .. } | ReportKind::Release { .. } => {
                return Err(super::report::lease_lost(&id));
            }
            ReportKind::Complete { result, undo } => {
                member.state = MemberState::Succeeded;
                member.error_info = None;
                member.result.clone_from(result);
                keep_undo(&mut moving, name, undo.as_ref());
                true
            }
            ReportKind::Fail { error_info, result, uncertain, .. } => {
                member.state = MemberState::Failed;
                member.error_info = Some(error_info.clone());
                member.result.clone_from(result);
                moving.execution.uncertain |= uncertain;
                false
            }
        };
        if !moving.execution.phase.is_final() {
            self.conclude(&mut moving);
        } else if moving.execution.phase.is_open_to_truth() {
            self.conclude_late(&mut moving, succeeded);
        }
        steps.put(moving, Kind::Reported);
        let answer = steps.shown(id.action);
        Ok(steps.answer(answer))
    }

    /// What becomes of an action that ended without its silent members, now that one of them has spoken.
    fn conclude_late(&self, moving: &mut Moving, succeeded: bool) {
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

    /// Once nothing more is expected of anybody, the action is what its parts make of it.
    fn conclude(&self, moving: &mut Moving) {
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
        moving.execution.phase = match (silent, moving.execution.cancel.is_some()) {
            (true, true) => Phase::Unknown,
            (true, false) => Phase::TimedOut,
            (false, _) => Phase::Failed,
        };
        let info = summary(moving.execution.fleet.as_ref());
        moving.action.error_info = Some(info);
        // Some of them did it: that is in force, and undone at its end.
        if succeeded || silent { self.hold_unconfirmed(moving) } else { self.leave(moving) }
    }
}

impl Rules<'_> {
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
}

/// What a member gave to lift its part by.
fn keep_undo(moving: &mut Moving, name: &str, undo: Option<&RawJson>) {
    let (Some(undo), Some(mut effect)) = (undo, moving.effect.clone()) else { return };
    effect.undo_by.insert(name.to_owned(), undo.clone());
    moving.put_effect(effect);
}

/// Extends a member's lease; until when it holds.
fn renew_part(
    member: &mut Member,
    now: Timestamp,
    seconds: Option<i64>,
    progress: Option<&RawJson>,
) -> Timestamp {
    if let Some(progress) = progress {
        member.result = Some(progress.clone());
    }
    member.state = MemberState::Executing;
    let Some(lease) = &mut member.lease else { return now };
    lease.seconds = seconds.unwrap_or(lease.seconds);
    lease.expires = now.plus_seconds(lease.seconds);
    lease.started = true;
    lease.expires
}

/// The same report again is answered as the first.
fn after_the_end(
    steps: Steps<'_, '_>,
    state: MemberState,
    id: LeaseId,
    report: &Report,
) -> Result<Decision, Refusal> {
    let same = matches!(
        (&report.kind, state),
        (ReportKind::Complete { .. }, MemberState::Succeeded)
            | (ReportKind::Fail { .. }, MemberState::Failed | MemberState::Cancelled)
    );
    if same {
        let answer = steps.shown(id.action);
        return Ok(steps.answer(answer));
    }
    if matches!(report.kind, ReportKind::Renew { .. } | ReportKind::Release { .. }) {
        return Err(super::report::lease_lost(&id));
    }
    Err(conflict(FaultCode::AlreadyFinal, "status", "this member's part has ended otherwise"))
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
