//! Seeded bugs of how actions are carried out; `interdict_store::faults` has them all, and arms them.

use std::borrow::Cow;

use interdict_model::command::{Command, Operation};
use interdict_model::{Timestamp, View};
use interdict_store::faults::Fault;

/// How much too early timers fire, in seconds.
const EARLY: i64 = 4;

/// [`Fault::EarlyTimers`]: by when a timer is due that fires now.
pub(crate) fn due_by(now: Timestamp) -> Timestamp {
    if Fault::EarlyTimers.is_armed() { now.plus_seconds(EARLY) } else { now }
}

/// [`Fault::AnyFence`]: a report with the fence of the newest claim.
pub(crate) fn believed<'a>(view: &View, command: &'a Command) -> Cow<'a, Command> {
    let mut command = Cow::Borrowed(command);
    if !Fault::AnyFence.is_armed() {
        return command;
    }
    let Operation::Report { lease, .. } = &command.operation else { return command };
    let record = view.action(command.actor.tenant(), lease.action);
    let newest = record.and_then(|record| record.execution.as_ref()?.lease.as_ref());
    if let (Some(fence), Operation::Report { lease, report }) =
        (newest.map(|newest| newest.fence), &mut command.to_mut().operation)
    {
        (lease.fence, report.fence) = (fence, fence);
    }
    command
}
