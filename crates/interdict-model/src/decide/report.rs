//! What a provider says about an action that it has a lease of. Only the newest fence counts.

use super::steps::{Moving, Steps};
use super::{Rules, conflict};
use crate::action::ResultInfo;
use crate::command::{Report, ReportKind};
use crate::effect::EffectState;
use crate::execution::{ATTEMPTS, Execution, LeaseId, Phase};
use crate::journal::Kind;
use crate::view::Answer;
use crate::{Decision, FaultCode, Refusal, result_code};

/// After so many attempts an undo that has not succeeded is an alert; it is tried on.
pub(super) const UNDO_ALERT: u32 = 3;

impl Rules<'_> {
    pub(super) fn report(&self, id: LeaseId, report: &Report) -> Result<Decision, Refusal> {
        let steps = Steps::new(self);
        let lost = || lease_lost(&id);
        let mut moving = steps.take(id.action).ok_or_else(lost)?;
        let settings = self.view.settings(self.actor.tenant());
        let provider = settings.providers.get(&moving.execution.provider);
        // Where a provider was removed, nobody would undo what it says now.
        self.must_be_bound(provider.ok_or_else(lost)?)?;
        if let Some(fleet) = &moving.execution.fleet {
            let ours = fleet.by_fence(id.fence).filter(|name| {
                let lease = fleet.members.get(name).and_then(|member| member.lease.as_ref());
                lease.is_some_and(|lease| lease.app == self.actor.app)
            });
            let is_newest = id.epoch == self.view.epoch && id.fence == report.fence;
            return match ours.filter(|_| is_newest) {
                Some(name) => self.report_part(steps, moving, &name, id, report),
                None => self.late(steps, id, report),
            };
        }
        let lease = moving.execution.lease.clone().ok_or_else(lost)?;
        let is_newest = id.epoch == self.view.epoch && id.fence == lease.fence && report.fence == lease.fence;
        if !is_newest || lease.app != self.actor.app {
            return self.late(steps, id, report);
        }
        let phase = moving.execution.phase;
        if lease.ended && (!phase.is_final() || phase.is_open_to_truth()) {
            return match &report.kind {
                ReportKind::Fail { .. } => {
                    let answer = steps.shown(id.action);
                    Ok(steps.answer(answer))
                }
                _ => self.late(steps, id, report),
            };
        }
        if phase.is_final() {
            return self.after_the_end(steps, moving, id, report);
        }
        // The lease ran out, and nobody else has it yet: what it says still counts, but it is no lease any more.
        let in_flight = moving.execution.is_in_flight();
        match &report.kind {
            ReportKind::Renew { seconds, progress } => {
                if !in_flight || lease.expires <= self.now {
                    return Err(lost());
                }
                self.renew(steps, moving, *seconds, progress.as_ref())
            }
            ReportKind::Complete { result, undo } => {
                moving.execution.result.clone_from(result);
                self.succeed(&mut moving, undo.as_ref());
                Ok(finish(steps, moving))
            }
            ReportKind::Fail { error_info, result, retryable, retry_after, cancelled, uncertain } => {
                moving.execution.result.clone_from(result);
                moving.action.error_info = Some(error_info.clone());
                if !lease.started {
                    moving.execution.tries = moving.execution.tries.saturating_add(1);
                }
                moving.end_lease();
                let (stopping, is_undo) = (phase == Phase::Cancelling, moving.execution.undo_of.is_some());
                // What may have been done is never done once more where that could harm.
                let again = *retryable && !stopping && (!uncertain || moving.execution.work.repeat_safe);
                moving.execution.uncertain |= uncertain;
                if stopping && is_undo {
                    self.cancelled(&mut moving);
                } else if *uncertain && !is_undo && (*cancelled || !again) {
                    moving.execution.phase = Phase::Unknown;
                    self.hold_unconfirmed(&mut moving);
                } else if *cancelled && !is_undo {
                    moving.execution.phase = Phase::Cancelled;
                    self.leave(&mut moving);
                } else {
                    self.fail(&mut moving, again, *retry_after);
                }
                Ok(finish(steps, moving))
            }
            ReportKind::Release { delay } => {
                if !in_flight {
                    return Err(lost());
                }
                moving.end_lease();
                if phase == Phase::Cancelling {
                    self.cancelled(&mut moving);
                } else {
                    moving.execution.phase = Phase::Retrying;
                    moving.execution.deadlines.retry_at = delay.map(|seconds| self.now.plus_seconds(seconds));
                }
                Ok(finish(steps, moving))
            }
        }
    }

    /// An older fence changes nothing; that it tried is noted.
    pub(super) fn late(
        &self,
        mut steps: Steps<'_, '_>,
        id: LeaseId,
        report: &Report,
    ) -> Result<Decision, Refusal> {
        let refusal = lease_lost(&id);
        if matches!(report.kind, ReportKind::Renew { .. } | ReportKind::Release { .. }) {
            return Err(refusal);
        }
        let change = serde_json::json!({ "fence": id.fence, "report": report.kind.name() }).to_string();
        let draft = self.draft(id.action.0, Kind::LateReport, change.into());
        steps.note(draft);
        Ok(steps.answer(Answer::Refused(refusal)))
    }

    /// The same report again is answered as the first; a true one may come late.
    fn after_the_end(
        &self,
        steps: Steps<'_, '_>,
        mut moving: Moving,
        id: LeaseId,
        report: &Report,
    ) -> Result<Decision, Refusal> {
        let phase = moving.execution.phase;
        match &report.kind {
            ReportKind::Complete { .. } if phase == Phase::Succeeded => {
                let answer = steps.shown(id.action);
                Ok(steps.answer(answer))
            }
            ReportKind::Fail { .. } if matches!(phase, Phase::Failed | Phase::Cancelled) => {
                let answer = steps.shown(id.action);
                Ok(steps.answer(answer))
            }
            ReportKind::Complete { result, undo } if phase.is_open_to_truth() => {
                moving.execution.late = true;
                moving.execution.result.clone_from(result);
                moving.action.error_info = None;
                self.succeed(&mut moving, undo.as_ref());
                Ok(finish(steps, moving))
            }
            ReportKind::Fail { error_info, result, uncertain, .. } if phase.is_open_to_truth() => {
                moving.execution.late = true;
                moving.end_lease();
                moving.execution.result.clone_from(result);
                moving.action.error_info = Some(error_info.clone());
                if *uncertain {
                    moving.execution.uncertain = true;
                    self.still_unknown(&mut moving);
                    return Ok(finish(steps, moving));
                }
                moving.execution.phase = Phase::Failed;
                // It says nothing of attempts before this one.
                if !moving.execution.uncertain {
                    self.drop_hold(&mut moving);
                }
                Ok(finish(steps, moving))
            }
            ReportKind::Renew { .. } | ReportKind::Release { .. } => Err(lease_lost(&id)),
            ReportKind::Complete { .. } | ReportKind::Fail { .. } => Err(conflict(
                FaultCode::AlreadyFinal,
                "status",
                format!("the action has ended: it is `{}`", phase.name()),
            )),
        }
    }

    /// The first renewal is the start. A renewal without news is written, but no entry is made of it.
    fn renew(
        &self,
        mut steps: Steps<'_, '_>,
        mut moving: Moving,
        seconds: Option<i64>,
        progress: Option<&crate::raw_json::RawJson>,
    ) -> Result<Decision, Refusal> {
        let cancel = moving.execution.phase == Phase::Cancelling;
        let Some(lease) = &mut moving.execution.lease else { return Ok(steps.answer(Answer::Done)) };
        let before = lease.seconds;
        lease.seconds = seconds.unwrap_or(before);
        // Only until when a lease holds is written without an entry.
        let changes = lease.seconds != before;
        lease.expires = self.now.plus_seconds(lease.seconds);
        let answer = Answer::Renewed { cancel, expires: lease.expires };
        let starts = !std::mem::replace(&mut lease.started, true);
        if starts {
            moving.execution.tries = moving.execution.tries.saturating_add(1);
            let until = self.now.plus_seconds(moving.execution.deadlines.run_for);
            // An undo has as long at each attempt; any other action has it once.
            let again = moving.execution.begun.is_some() && moving.execution.undo_of.is_none();
            if !again {
                moving.execution.begun = Some(self.now);
                moving.execution.deadlines.run_until = Some(until);
            }
            if !cancel {
                moving.execution.phase = Phase::Executing;
            }
        }
        let news = progress.is_some_and(|progress| moving.execution.result.as_ref() != Some(progress));
        if let Some(progress) = progress.filter(|_| news) {
            moving.execution.result = Some(progress.clone());
        }
        if starts || news || changes {
            steps.put(moving, if starts { Kind::Started } else { Kind::Progressed });
            Ok(steps.answer(answer))
        } else {
            Ok(steps.extended(moving, answer))
        }
    }

    /// A provider said that it is done.
    pub(super) fn succeed(&self, moving: &mut Moving, undo: Option<&crate::raw_json::RawJson>) {
        moving.execution.phase = Phase::Succeeded;
        moving.execution.deadlines.retry_at = None;
        if moving.execution.work.lifts {
            return self.lifted(moving);
        }
        let id = moving.id();
        let holder =
            moving.effect.iter().flat_map(|effect| &effect.holders).find(|holder| holder.action == id);
        match holder.cloned() {
            // It holds what may be in force until it said, or somebody else since.
            Some(holder) if moving.execution.late => {
                self.hold_until(moving, EffectState::Active, holder.until);
            }
            None if moving.execution.late => self.done_in_vain(moving),
            _ => self.hold(moving, EffectState::Active),
        }
        if let (Some(effect), Some(undo)) = (&mut moving.effect, undo) {
            effect.undo = Some(undo.clone());
        }
    }

    /// Who was given up says that nobody knows what was done: where the action has let go since, it is lifted once more.
    fn still_unknown(&self, moving: &mut Moving) {
        match moving.effect.as_ref().map(|effect| effect.state) {
            _ if moving.execution.work.lifts => self.hold_unconfirmed(moving),
            Some(EffectState::Ended) => self.hold_until(moving, EffectState::Unconfirmed, Some(self.now)),
            Some(state) if !state.is_wanted() => self.done_in_vain(moving),
            _ => {}
        }
    }

    /// An attempt failed. Another one follows where that makes sense; an undo is tried until it succeeds.
    pub(super) fn fail(&self, moving: &mut Moving, retryable: bool, after: Option<i64>) {
        let execution = &mut moving.execution;
        let is_undo = execution.undo_of.is_some();
        if is_undo || (retryable && execution.tries < ATTEMPTS) {
            execution.phase = Phase::Retrying;
            execution.deadlines.retry_at = Some(Execution::next_attempt(
                execution.attempt,
                moving.action.id,
                self.now,
                after.filter(|_| retryable),
            ));
            if is_undo {
                execution.deadlines.run_until = None;
                if !retryable || execution.attempt >= UNDO_ALERT {
                    self.undo_failed(moving);
                }
            }
            return;
        }
        execution.phase = Phase::Failed;
        self.leave(moving);
    }

    /// It was cancelled before anything was done.
    pub(super) fn cancelled(&self, moving: &mut Moving) {
        self.give_up_undo(moving);
        moving.execution.phase = Phase::Cancelled;
        moving.cancelled = true;
        let by = moving.execution.cancel.as_ref().map_or("the operator", |cancel| cancel.by.as_str());
        let info: ResultInfo = result_code::cancelled(by, None);
        moving.action.error_info = Some(info);
        self.leave(moving);
    }
}

/// Ends the step, and answers with the action.
fn finish<'r, 'a>(mut steps: Steps<'r, 'a>, moving: Moving) -> Decision {
    let id = moving.id();
    steps.put(moving, Kind::Reported);
    let answer = steps.shown(id);
    steps.answer(answer)
}

pub(super) fn lease_lost(id: &LeaseId) -> Refusal {
    let message = format!(
        "lease `{id}` is not the newest of its action any more: another one was handed out, or it ran out"
    );
    conflict(FaultCode::LeaseLost, "fence", message)
}
