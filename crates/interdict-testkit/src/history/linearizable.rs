//! Whether one order of an action's requests explains every answer: each request takes effect at one moment between
//! being sent and being answered.
//!
//! The search is Wing and Gong's with Lowe's memory, of todc-utils. Another one, stateright's, without a memory, gives a
//! second opinion on short histories.

mod steps;

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use stateright::semantics::{ConsistencyTester as _, LinearizabilityTester, SequentialSpec};
use todc_utils::{Action, History, WGLChecker};

use self::steps::{Interval, Rules};
use super::{Operation, Outcome, Process, Register, Request};

/// How many requests before the one in question a violation shows.
const SHOWN: usize = 12;

/// Whether there is such an order.
#[must_use]
pub fn is_linearizable(history: &[Operation]) -> bool {
    // Mostly none of the requests that nobody saw took effect, and that is soon known.
    [false, true].into_iter().any(|unseen| has_order(&steps::steps(history, unseen)))
}

fn has_order(steps: &[Interval]) -> bool {
    let mut numbers = BTreeMap::new();
    let mut number = |process: Process| {
        let next = numbers.len();
        *numbers.entry(process).or_insert(next)
    };
    let events = events(steps, |(_, _, called, returned)| (*called, *returned));
    let actions = events.into_iter().map(|((process, step, _, _), is_call)| {
        (number(*process), if is_call { Action::Call(*step) } else { Action::Response(*step) })
    });
    WGLChecker::<Rules>::is_linearizable(History::from_actions(actions.collect()))
}

/// Whether there is such an order, by the other search. It takes very long where many requests overlap.
#[must_use]
pub fn is_linearizable_too(history: &[Operation]) -> bool {
    let times = |operation: &Operation| (operation.called, operation.returned);
    let mut tester = LinearizabilityTester::new(Register::default());
    for (operation, is_call) in events(history, times) {
        // What is never answered stays in flight, at most one for each process.
        let told = if is_call {
            tester.on_invoke(operation.process, operation.request)
        } else if operation.outcome == Outcome::Unknown {
            continue;
        } else {
            tester.on_return(operation.process, operation.outcome)
        };
        if told.is_err() {
            return false;
        }
    }
    tester.is_consistent()
}

/// The history up to the answer of its `count`-th request, in the order of answers. What was not answered by then has an
/// unknown outcome. Every such beginning of a linearizable history is linearizable.
#[must_use]
pub fn beginning(history: &[Operation], count: usize) -> Vec<Operation> {
    let ordered = by_answer(history);
    let Some(end) = ordered.get(..count.min(ordered.len())).and_then(<[_]>::last).map(|it| it.returned)
    else {
        return Vec::new();
    };
    let mut beginning = Vec::new();
    for operation in ordered.into_iter().filter(|it| it.called <= end) {
        if operation.returned <= end {
            beginning.push(operation);
        } else if operation.request != Request::Read {
            beginning.push(Operation { outcome: Outcome::Unknown, ..operation });
        }
    }
    beginning
}

/// The first answer that no order explains, and what came before it.
#[derive(Clone, Debug)]
pub struct Violation {
    /// The answers before it, some of the last ones, and it.
    pub until: Vec<Operation>,
    /// Requests that were under way then, and may have taken effect.
    pub open: Vec<Operation>,
}

/// Looks for an answer that no order explains.
#[must_use]
pub fn violation(history: &[Operation]) -> Option<Violation> {
    if is_linearizable(history) {
        return None;
    }
    // Shorter beginnings are well up to some length, and none is from there on.
    let (mut well, mut ill) = (0, history.len());
    while ill - well > 1 {
        let middle = usize::midpoint(well, ill);
        if is_linearizable(&beginning(history, middle)) {
            well = middle;
        } else {
            ill = middle;
        }
    }
    let mut until = beginning(history, ill);
    let open = until.split_off(ill.min(until.len()));
    Some(Violation { until: until.split_off(ill.saturating_sub(SHOWN)), open })
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "no order explains the last of these answers:")?;
        for Operation { process, request, outcome, called, returned } in &self.until {
            writeln!(f, "  {called:?} to {returned:?}, process {}: {request:?} → {outcome:?}", process.0)?;
        }
        for Operation { process, request, called, .. } in &self.open {
            writeln!(f, "  from {called:?} on, process {}: {request:?}, not answered yet", process.0)?;
        }
        Ok(())
    }
}

fn by_answer(history: &[Operation]) -> Vec<Operation> {
    let mut ordered = history.to_vec();
    ordered.sort_by_key(|operation| operation.returned);
    ordered
}

/// Calls (true) and answers in the order of time; of one moment calls come first, so that the two overlap. Answers that
/// never came are at the end.
fn events<T>(all: &[T], times: impl Fn(&T) -> (Duration, Duration)) -> Vec<(&T, bool)> {
    let mut events = Vec::new();
    for item in all {
        let (called, returned) = times(item);
        events.push((called, false, item));
        events.push((returned, true, item));
    }
    events.sort_by_key(|(time, is_answer, _)| (*time, *is_answer));
    events.into_iter().map(|(_, is_answer, item)| (item, !is_answer)).collect()
}

/// The register, as stateright wants it.
impl SequentialSpec for Register {
    type Op = Request;
    type Ret = Outcome;

    /// A request that is in flight at the end.
    fn invoke(&mut self, request: &Request) -> Outcome {
        if let Some(after) = self.after(*request, Outcome::Unknown) {
            *self = after;
        }
        Outcome::Unknown
    }

    fn is_valid_step(&mut self, request: &Request, outcome: &Outcome) -> bool {
        match self.after(*request, *outcome) {
            Some(after) => {
                *self = after;
                true
            }
            None => false,
        }
    }
}

#[cfg(test)]
mod tests;
