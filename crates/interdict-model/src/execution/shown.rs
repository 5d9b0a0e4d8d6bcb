//! `@interdict.execution`: an execution as callers see it.

use serde::Serialize;

use super::approval::ShownApproval;
use super::fleet::ShownMember;
use super::{Execution, Holding, Phase};
use crate::action::KeyValuePair;
use crate::catalog::Target;
use crate::raw_json::RawJson;
use crate::{ActionId, ProviderId, Timestamp, duration};

/// The annotation's value.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Shown<'a> {
    phase: Phase,
    /// How it ended; null until it has.
    outcome: Option<Phase>,
    attempt: u32,
    provider: ProviderId,
    name: &'a str,
    parameters: &'a [KeyValuePair],
    target: Option<&'a Target>,
    /// The key of the effect that it has or lifts.
    effect_key: Option<&'a str>,
    deadlines: ShownDeadlines,
    effect: Option<&'a Holding>,
    cancel_requested_date_time: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cancel_requested_by: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cancel_comment: Option<&'a str>,
    result: Option<&'a RawJson>,
    undo_of: Option<ActionId>,
    undone_by: Option<ActionId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    members: Option<Vec<ShownMember<'a>>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    missed: Option<&'a [String]>,
    #[serde(skip_serializing_if = "Option::is_none")]
    approval: Option<ShownApproval<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    comment: Option<&'a str>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    late: bool,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct ShownDeadlines {
    #[serde(skip_serializing_if = "Option::is_none")]
    not_before: Option<Timestamp>,
    start_by: Option<Timestamp>,
    run_for: Option<String>,
    run_until: Option<Timestamp>,
    /// Until when the provider must be heard of.
    heartbeat: Option<Timestamp>,
    finish_by: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    retry_at: Option<Timestamp>,
}

impl<'a> Shown<'a> {
    /// The execution as callers see it.
    #[must_use]
    pub fn of(execution: &'a Execution) -> Self {
        let Execution { phase, work, deadlines, cancel, .. } = execution;
        let live = execution.lease.as_ref().filter(|_| execution.is_in_flight());
        Self {
            phase: *phase,
            outcome: phase.is_final().then_some(*phase),
            attempt: execution.attempt,
            provider: execution.provider,
            name: &work.name,
            parameters: &work.parameters,
            target: work.target.as_ref(),
            effect_key: work.effect.as_deref(),
            deadlines: ShownDeadlines {
                not_before: deadlines.not_before,
                start_by: deadlines.start_by,
                run_for: (deadlines.run_for > 0).then(|| duration::format(deadlines.run_for)),
                run_until: deadlines.run_until,
                heartbeat: live.map(|lease| lease.expires),
                finish_by: deadlines.finish_by,
                retry_at: deadlines.retry_at,
            },
            effect: execution.effect.as_ref(),
            cancel_requested_date_time: cancel.as_ref().map(|cancel| cancel.at),
            cancel_requested_by: cancel.as_ref().map(|cancel| cancel.by.as_str()),
            cancel_comment: cancel.as_ref().and_then(|cancel| cancel.comment.as_deref()),
            result: execution.result.as_ref(),
            undo_of: execution.undo_of,
            undone_by: execution.undone_by,
            members: execution.fleet.as_ref().map(ShownMember::all),
            missed: execution.fleet.as_ref().map(|fleet| &*fleet.missed).filter(|missed| !missed.is_empty()),
            approval: execution.approval.as_ref().map(ShownApproval::of),
            comment: execution.request.comment.as_deref(),
            late: execution.late,
        }
    }
}
