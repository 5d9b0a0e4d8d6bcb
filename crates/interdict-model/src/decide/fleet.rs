//! Actions that every member of a fleet carries out. What a member reports changes its own part; what becomes of the action
//! follows once nothing more is expected of anybody.

use super::steps::{Moving, Steps};
use super::{Rules, conflict};
use crate::action::ResultInfo;
use crate::command::{Report, ReportKind};
use crate::effect::EffectState;
use crate::execution::{ATTEMPTS, Fleet, Lease, LeaseId, Member, MemberState, Phase};
use crate::journal::Kind;
use crate::provider::Provider;
use crate::raw_json::RawJson;
use crate::view::{Answer, Queue};
use crate::{Decision, FaultCode, Refusal, Timestamp, result_code};

/// A member that asked within so many times its lease is live.
const LIVE_LEASES: i64 = 3;
/// And within so many seconds, however short its lease.
const LIVE_SECONDS: i64 = 30;

impl Rules<'_> {
    /// The fleet of a provider as it is now: whoever asked lately is to do its part, and others are missed.
    pub(super) fn muster(&self, provider: &Provider, queue: &Queue, asking: &str) -> Fleet {
        let window = (i64::from(provider.lease_seconds) * LIVE_LEASES).max(LIVE_SECONDS);
        let live = |at: &Timestamp| at.plus_seconds(window) >= self.now;
        let mut fleet = Fleet::default();
        for (name, at) in &queue.members {
            if live(at) || name == asking {
                fleet.members.insert(name.clone(), Member::waiting());
            } else {
                fleet.missed.push(name.clone());
            }
        }
        fleet.members.entry(asking.to_owned()).or_insert_with(Member::waiting);
        fleet
    }

    /// Gives a member its part, where it has one that is to be done now.
    pub(super) fn hand_part_out(&self, moving: &mut Moving, instance: &str, lease: Lease) -> Option<u32> {
        let member = moving.execution.fleet.as_mut()?.members.get_mut(instance)?;
        member.state = MemberState::Delivered;
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
        let member = moving.execution.fleet.as_mut().and_then(|fleet| fleet.members.get_mut(name));
        let Some(member) = member else { return Err(lost()) };
        let lease = member.lease.clone().ok_or_else(lost)?;
        if member.state.is_final() || phase.is_final() {
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
        let holds = member.state.is_in_flight() && lease.expires > self.now;
        match &report.kind {
            ReportKind::Renew { seconds, progress } => {
                if !holds {
                    return Err(lost());
                }
                let answer = renew_part(member, self.now, *seconds, progress.as_ref());
                let first = !lease.started;
                if first {
                    self.begin(&mut moving);
                }
                // Each member's renewals are its own; entries are made of the first and of news.
                steps.put(moving, if first { Kind::Started } else { Kind::Progressed });
                return Ok(steps.answer(Answer::Renewed { cancel: cancelling, expires: answer }));
            }
            ReportKind::Complete { result, undo } => {
                member.state = MemberState::Succeeded;
                member.error_info = None;
                member.result.clone_from(result);
                if let (Some(undo), Some(effect)) = (undo, moving.effect.clone()) {
                    moving.put_effect(crate::effect::Effect { undo: Some(undo.clone()), ..effect });
                }
            }
            ReportKind::Fail { error_info, result, retryable, retry_after, cancelled } => {
                member.error_info = Some(error_info.clone());
                member.result.clone_from(result);
                let again = *retryable && member.attempt < ATTEMPTS && !cancelling;
                let is_undo = moving.execution.undo_of.is_some();
                let action = moving.action.id;
                let next = moving.execution.next_attempt(action, self.now, *retry_after);
                let member = moving.execution.fleet.as_mut().and_then(|it| it.members.get_mut(name));
                if let Some(member) = member {
                    member.state =
                        match (*cancelled && (cancelling || !is_undo), again || is_undo && !cancelling) {
                            (true, _) => MemberState::Cancelled,
                            (false, true) => MemberState::Waiting,
                            (false, false) => MemberState::Failed,
                        };
                    member.retry_at = Some(next).filter(|_| member.state == MemberState::Waiting);
                }
            }
            ReportKind::Release { delay } => {
                if !holds {
                    return Err(lost());
                }
                member.state = if cancelling { MemberState::Cancelled } else { MemberState::Waiting };
                member.retry_at = delay.map(|seconds| self.now.plus_seconds(seconds));
            }
        }
        self.conclude(&mut moving);
        steps.put(moving, Kind::Reported);
        let answer = steps.shown(id.action);
        Ok(steps.answer(answer))
    }

    fn begin(&self, moving: &mut Moving) {
        if moving.execution.begun.is_none() {
            moving.execution.begun = Some(self.now);
            let until = self.now.plus_seconds(moving.execution.deadlines.run_for);
            moving.execution.deadlines.run_until = Some(until);
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
        let over = passed(execution.deadlines.run_until) || !is_undo && passed(execution.deadlines.finish_by);
        let (cancelling, repeat_safe) = (execution.phase == Phase::Cancelling, execution.work.repeat_safe);
        let (action, next) = (moving.action.id, execution.clone());
        let mut uncertain = execution.uncertain;
        let Some(fleet) = &mut execution.fleet else { return };
        for member in fleet.members.values_mut().filter(|member| !member.state.is_final()) {
            let expires =
                member.lease.as_ref().map(|it| if cancelling { it.grace_end() } else { it.expires });
            let lapsed = member.state.is_in_flight() && passed(expires);
            if over {
                member.state = MemberState::Silent;
            } else if passed(member.retry_at) && member.state == MemberState::Waiting {
                member.retry_at = None;
            } else if lapsed && cancelling {
                let began = member.state == MemberState::Executing;
                member.state = if began { MemberState::Silent } else { MemberState::Cancelled };
            } else if lapsed && member.state == MemberState::Delivered {
                // Nothing was begun, so it is simply given it again, should it ask; else the time to run ends it.
                member.state = MemberState::Waiting;
            } else if lapsed && (is_undo || (repeat_safe && member.attempt < ATTEMPTS)) {
                member.state = MemberState::Waiting;
                member.retry_at = Some(next.next_attempt(action, self.now, None));
                uncertain = true;
            } else if lapsed {
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
    /// it, it is tried again by whoever is live then.
    fn conclude_undo(&self, moving: &mut Moving, succeeded: bool) {
        if succeeded {
            return self.succeed(moving, None);
        }
        if moving.execution.phase == Phase::Cancelling {
            return self.cancelled(moving);
        }
        moving.execution.fleet = None;
        moving.execution.begun = None;
        self.fail(moving, true, None);
    }
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
