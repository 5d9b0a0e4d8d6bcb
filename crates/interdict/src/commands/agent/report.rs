//! What the server is told about a program that has ended. Pure.

use serde_json::{Map, Value, json};

use super::program::{End, Finished, Stopped};

/// "Temporary failure", of `sysexits.h`: nothing is left of it, and it may be tried again.
const TRY_AGAIN: i32 = 75;
/// "Internal software error", of `sysexits.h`: nobody knows what is left of it.
const UNCERTAIN: i32 = 70;
/// Beyond it shells say by which signal a program was ended.
const SIGNALS: i32 = 128;
/// What the server takes as a result, and as a handle, in bytes of JSON.
const LARGEST: usize = 16 * 1024;
/// What is told of the output within a message, in characters.
const MESSAGE_TAIL: usize = 2000;

/// Numbers of `errorInfo.code`, with what `subcode` is (`docs/providers/agent.md`).
mod code {
    /// The program ended with a status other than 0; `subcode` is that.
    pub(super) const FAILED: u16 = 1;
    /// It took too long.
    pub(super) const TIME_LIMIT: u16 = 2;
    /// It could not be started.
    pub(super) const NOT_STARTED: u16 = 3;
    /// A signal ended it; `subcode` is that.
    pub(super) const SIGNALLED: u16 = 4;
    /// It was cancelled.
    pub(super) const CANCELLED: u16 = 5;
    /// The agent was told to end.
    pub(super) const SHUTDOWN: u16 = 6;
    /// No program is configured for the action.
    pub(super) const NO_PROGRAM: u16 = 7;
    /// The desired state could not be had.
    pub(super) const NO_EFFECTS: u16 = 8;
}

/// A report: what ends the lease, and how.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Report {
    /// The last part of the address.
    pub(super) verb: &'static str,
    /// Its body but for the fence.
    pub(super) members: Map<String, Value>,
}

/// What mends a machine that a program left as it was when it ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mending {
    /// The same program, whenever it is run again: it makes the machine as the desired state says.
    Itself,
    /// Another program that does so for the same effects.
    Converger,
    /// Nothing but the undo.
    Undo,
}

/// What can be said about a program's action; nothing where the lease is lost.
pub(super) fn of(program: &str, finished: &Finished, mending: Mending) -> Option<Report> {
    if finished.stopped == Some(Stopped::LeaseLost) {
        return None;
    }
    // What is done is done, also where somebody wanted it cancelled meanwhile.
    if finished.end == End::Exited(0) {
        return Some(complete(finished));
    }
    let (ended, subcode) = match &finished.end {
        End::Exited(status) => (format!("ended with status {status}"), *status),
        End::Signalled(signal) => (format!("was ended by signal {signal}"), *signal),
        End::NotStarted(why) => (format!("could not be started: {why}"), 0),
    };
    let asks = finished.end == End::Exited(TRY_AGAIN);
    // Only what is certain is said: whoever was ended has not said that nothing is left.
    let uncertain = mending == Mending::Undo
        && match finished.end {
            End::Exited(TRY_AGAIN) | End::NotStarted(_) => false,
            End::Exited(status) => finished.stopped.is_some() || status == UNCERTAIN || status > SIGNALS,
            End::Signalled(_) => true,
        };
    let (code, why, retryable) = match (finished.stopped, &finished.end) {
        (Some(Stopped::Cancelled), _) => (code::CANCELLED, "was cancelled and ", false),
        (Some(Stopped::TimeLimit), _) => (code::TIME_LIMIT, "reached its time limit and ", asks),
        (Some(Stopped::Shutdown), _) => {
            // What may be there already is done again only where the catalog says that this is safe.
            (
                code::SHUTDOWN,
                "was told to end with its agent and ",
                asks || uncertain || mending == Mending::Itself,
            )
        }
        (_, End::Exited(_)) => (code::FAILED, "", asks),
        (_, End::Signalled(_)) => (code::SIGNALLED, "", false),
        // Nothing was done, and whoever is mending the configuration may be at it.
        (_, End::NotStarted(_)) => (code::NOT_STARTED, "", true),
    };
    let said = tail(&said(finished), MESSAGE_TAIL);
    let message = format!("`{program}` {why}{ended}{}{said}", if said.is_empty() { "" } else { ": " });
    let mut report = failure(code, subcode, &message, retryable);
    if uncertain {
        report.members.insert("uncertain".to_owned(), true.into());
    } else if finished.stopped == Some(Stopped::Cancelled) {
        report.members.insert("cancelled".to_owned(), true.into());
    }
    Some(report)
}

/// The action was cancelled before its program was begun.
pub(super) fn cancelled() -> Report {
    let mut report = failure(code::CANCELLED, 0, "cancelled before anything was done", false);
    report.members.insert("cancelled".to_owned(), true.into());
    report
}

/// No table names the action.
pub(super) fn no_program(action: &str) -> Report {
    failure(code::NO_PROGRAM, 0, &format!("this agent has no program for `{action}`"), false)
}

/// The server does not say what should be in force.
pub(super) fn no_effects(why: &str) -> Report {
    failure(code::NO_EFFECTS, 0, &format!("the desired state cannot be had: {why}"), true)
}

/// Nothing was begun; somebody else may do it at once.
pub(super) fn release() -> Report {
    let members = [("delaySeconds".to_owned(), 0.into())];
    Report { verb: "release", members: members.into_iter().collect() }
}

fn failure(code: u16, subcode: i32, message: &str, retryable: bool) -> Report {
    let error = json!({"code": code, "subcode": subcode, "message": message});
    let members = [("errorInfo".to_owned(), error), ("retryable".to_owned(), retryable.into())];
    Report { verb: "fail", members: members.into_iter().collect() }
}

fn complete(finished: &Finished) -> Report {
    let stdout = finished.stdout.text();
    let own =
        if finished.stdout.is_cut { None } else { serde_json::from_str::<Map<String, Value>>(&stdout).ok() };
    let mut members = Map::new();
    let mut notes = Vec::new();
    let mut result = match own {
        Some(mut own) => {
            if let Some(undo) = own.remove("undo").filter(|undo| !undo.is_null()) {
                if size(&undo) <= LARGEST {
                    members.insert("undo".to_owned(), undo);
                } else {
                    notes.push("the handle for undo is larger than 16 KiB and was left out");
                }
            }
            own.remove("result").filter(|result| !result.is_null())
        }
        None => None,
    };
    if result.as_ref().is_some_and(|result| size(result) > LARGEST) {
        notes.push("the result is larger than 16 KiB and was left out");
        result = None;
    }
    let mut output = said(finished);
    for note in notes {
        output =
            format!("{output}{}{note}", if output.is_empty() || output.ends_with('\n') { "" } else { "\n" });
    }
    members.insert("result".to_owned(), joined(result, &output));
    Report { verb: "complete", members }
}

/// The program's own result with what it said beside it, as much of that as fits.
fn joined(result: Option<Value>, output: &str) -> Value {
    let members = match result {
        None => Map::new(),
        Some(Value::Object(own)) if !own.contains_key("output") => own,
        Some(other) => return other,
    };
    if output.is_empty() {
        return members.into();
    }
    let with = |output: String| {
        let mut members = members.clone();
        members.insert("output".to_owned(), output.into());
        Value::from(members)
    };
    let mut kept = output.chars().count();
    loop {
        let whole = with(tail(output, kept));
        if size(&whole) <= LARGEST {
            return whole;
        }
        if kept == 0 {
            return members.into();
        }
        // Escapes make the size hard to foretell.
        kept = kept.min(LARGEST) * 3 / 4;
    }
}

/// What the program said to people: both outputs, or stderr alone where stdout is JSON for us.
fn said(finished: &Finished) -> String {
    let stdout = finished.stdout.text();
    let stderr = finished.stderr.text();
    if serde_json::from_str::<Map<String, Value>>(&stdout).is_ok() { stderr } else { stdout + &stderr }
}

fn size(value: &Value) -> usize {
    value.to_string().len()
}

/// The last characters of a text, without space around them.
fn tail(text: &str, longest: usize) -> String {
    let text = text.trim();
    let skipped = text.chars().count().saturating_sub(longest);
    if skipped == 0 {
        text.to_owned()
    } else {
        format!("…{}", text.chars().skip(skipped).collect::<String>())
    }
}

#[cfg(test)]
mod tests;
