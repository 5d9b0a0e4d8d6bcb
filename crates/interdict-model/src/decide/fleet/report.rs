//! What a member of a fleet says about its part.

use super::super::report::{UNDO_ALERT, lease_lost};
use super::super::steps::{Moving, Steps};
use super::super::{Rules, conflict};
use crate::command::{Report, ReportKind};
use crate::execution::{ATTEMPTS, LeaseId, Member, MemberState, Phase};
use crate::journal::Kind;
use crate::raw_json::RawJson;
use crate::view::Answer;
use crate::{Decision, FaultCode, Refusal, Timestamp};

impl Rules<'_> {
    /// What a member says about its part.
    pub(in super::super) fn report_part(
        &self,
        mut steps: Steps<'_, '_>,
        mut moving: Moving,
        name: &str,
        id: LeaseId,
        report: &Report,
    ) -> Result<Decision, Refusal> {
        let lost = || lease_lost(&id);
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
                member.uncertain = *uncertain;
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
        let Some(member) = member else { return Err(lease_lost(&id)) };
        let succeeded = match &report.kind {
            ReportKind::Renew { .. } | ReportKind::Release { .. } => {
                return Err(lease_lost(&id));
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
        return Err(lease_lost(&id));
    }
    Err(conflict(FaultCode::AlreadyFinal, "status", "this member's part has ended otherwise"))
}
