//! One lease from its start to its report.

use std::path::Path;

use serde_json::{Value, json};

use super::answer::CallError;
use super::desired::Desired;
use super::leasing::{Agent, Phase};
use super::pauses::Pauses;
use super::program::{self, Stopped};
use super::programs::Job;
use super::report::{self, Report};
use super::wire::{Directive, Lease};

/// Carries out the lease's action and reports.
pub(super) async fn carry_out(agent: &Agent, provider: &str, lease: &Lease) {
    let outcome = match agent.settings.programs.job(lease.name()) {
        Some(job) => attempt(agent, provider, lease, &job).await,
        None => Some(report::no_program(lease.name())),
    };
    let Some(outcome) = outcome else {
        tracing::warn!(action.id = lease.action_id(), "the lease is lost; nothing is reported");
        agent.doubt.notify_one();
        return;
    };
    report(agent, lease, &outcome).await;
    let lifts = agent.settings.programs.job(lease.name()).is_some_and(|job| job.is_undo);
    if lifts
        && outcome.verb == "complete"
        && let Some(key) = lease.effect_key()
    {
        agent.desired.lock().await.lifted(key);
    }
    // Perhaps it was done halfway; or it is an undo by hand, whose effect was wanted until it was reported, so that a run
    // meanwhile put it in force again.
    if outcome.verb == "fail" || (lifts && !lease.is_due()) {
        agent.doubt.notify_one();
    }
}

/// What became of it; nothing where the lease is not ours any more.
async fn attempt(agent: &Agent, provider: &str, lease: &Lease, job: &Job<'_>) -> Option<Report> {
    let ready = async {
        let turn = match job.converger {
            Some(converger) => Some(converger.turn.lock().await),
            None => None,
        };
        let effects = effects(agent, provider, lease, job).await;
        let begun = if effects.is_ok() { begin(agent, lease).await } else { None };
        (turn, effects, begun)
    };
    let (_turn, effects, begun) = tokio::select! {
        biased;
        // Not even where the server has heard that it is begun: nothing was.
        () = agent.reached(Phase::Ending) => return Some(report::release()),
        ready = ready => ready,
    };
    let (effects, partial) = match effects {
        Ok(effects) => effects,
        Err(error) => return Some(report::no_effects(&error.to_string())),
    };
    match begun? {
        Directive::Continue => {}
        Directive::Cancel => return Some(report::cancelled()),
    }
    tracing::info!(action.id = lease.action_id(), action = lease.name(), "begun");
    let stop = async {
        tokio::select! {
            why = watch_over(agent, lease) => why,
            () = agent.reached(Phase::Killing) => Stopped::Shutdown,
        }
    };
    let input = input(Some(lease), &effects, partial);
    let finished = program::run(job.command, input, job.time_limit, stop).await;
    tracing::info!(action.id = lease.action_id(), end = ?finished.end, stopped = ?finished.stopped, "ended");
    report::of(&name_of(job.command), &finished, job.mending())
}

/// What should be in force once the action is done, and whether there may be more. A server that cannot be asked is asked
/// again, for as long as it takes the lease to be somebody else's.
async fn effects(
    agent: &Agent,
    provider: &str,
    lease: &Lease,
    job: &Job<'_>,
) -> Result<(Vec<Value>, bool), CallError> {
    let mut pauses = Pauses::new();
    let asking = async {
        loop {
            let look = |desired: &Desired| (desired.effects_after(lease, job), desired.is_partial());
            match agent.asked(provider, look).await {
                Err(error) if error.may_pass() => tokio::time::sleep(pauses.next(error.asked())).await,
                answer => return answer,
            }
        }
    };
    match tokio::time::timeout(agent.settings.lease, asking).await {
        Ok(answer) => answer,
        Err(_) => {
            Err(CallError::Unreachable("the server was asked for as long as the lease holds".to_owned()))
        }
    }
}

/// The first renewal, which says that the action is begun. Without the server's word nothing is.
async fn begin(agent: &Agent, lease: &Lease) -> Option<Directive> {
    let mut pauses = Pauses::new();
    let asking = async {
        loop {
            match agent.api.renew(lease).await {
                Ok(directive) => return Some(directive),
                Err(error) if error.may_pass() => tokio::time::sleep(pauses.next(error.asked())).await,
                Err(error) => {
                    tracing::warn!(action.id = lease.action_id(), %error, "not begun");
                    return None;
                }
            }
        }
    };
    tokio::time::timeout(agent.settings.lease, asking).await.ok().flatten()
}

/// Renews the lease until there is a reason to stop. A server that is out of reach is none: what is begun is finished,
/// and its report still counts where nobody else has the action.
async fn watch_over(agent: &Agent, lease: &Lease) -> Stopped {
    let usual = agent.settings.lease / 3;
    let mut pauses = Pauses::new();
    let mut pause = usual;
    loop {
        tokio::time::sleep(pause).await;
        pause = match agent.api.renew(lease).await {
            Ok(Directive::Cancel) => return Stopped::Cancelled,
            Ok(Directive::Continue) => {
                pauses = Pauses::new();
                usual
            }
            Err(CallError::LeaseLost | CallError::Gone | CallError::Refused { status: 404 | 409, .. }) => {
                return Stopped::LeaseLost;
            }
            Err(error) => {
                tracing::warn!(action.id = lease.action_id(), %error, "the lease was not renewed");
                pauses.next(error.asked()).min(usual)
            }
        };
    }
}

/// Tells the server, as often as it takes: a report that is lost would leave the action open.
pub(super) async fn report(agent: &Agent, lease: &Lease, report: &Report) {
    let mut body = report.members.clone();
    body.insert("fence".to_owned(), lease.fence.into());
    let body = Value::from(body);
    let mut pauses = Pauses::new();
    loop {
        match agent.api.end(lease, report.verb, &body).await {
            Ok(()) => return tracing::info!(action.id = lease.action_id(), verb = report.verb, "reported"),
            Err(error) if error.may_pass() => {
                tracing::warn!(action.id = lease.action_id(), %error, "not reported yet; trying again");
                tokio::time::sleep(pauses.next(error.asked())).await;
            }
            Err(error) => {
                return tracing::error!(action.id = lease.action_id(), verb = report.verb, %error, "the report was refused");
            }
        }
    }
}

/// What a program is told on its stdin. Where `partial`, more may have to be in force than `effects` says.
pub(super) fn input(lease: Option<&Lease>, effects: &[Value], partial: bool) -> Vec<u8> {
    let mut input = json!({
        "action": lease.map(|lease| &lease.action),
        "parameters": lease.map(Lease::parameters).unwrap_or_default(),
        "effects": effects,
    });
    if let Some(members) = input.as_object_mut().filter(|_| partial) {
        members.insert("restored".to_owned(), true.into());
    }
    if let (Some(members), Some(lease)) = (input.as_object_mut(), lease) {
        members.insert("fence".to_owned(), lease.fence.into());
        members.extend(lease.undo.clone().map(|undo| ("undo".to_owned(), undo)));
    }
    input.to_string().into_bytes()
}

pub(super) fn name_of(command: &[String]) -> String {
    let program = command.first().map(Path::new).and_then(Path::file_name);
    program.unwrap_or_default().to_string_lossy().into_owned()
}

#[cfg(test)]
mod tests;
