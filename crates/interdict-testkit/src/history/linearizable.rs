//! Whether one order of an action's requests explains every answer: each request takes effect at one moment between
//! being sent and being answered.
//!
//! The search is Wing and Gong's with Lowe's memory, of todc-utils. Another one, stateright's, without a memory, gives a
//! second opinion on short histories.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use stateright::semantics::{ConsistencyTester as _, LinearizabilityTester, SequentialSpec};
use todc_utils::{Action, History, Specification, WGLChecker};

use super::{Operation, Outcome, Process, Register, Request};

/// A request and its outcome.
type Step = (Request, Outcome);

/// How many requests before the one in question a violation shows.
const SHOWN: usize = 12;

/// Whether there is such an order.
#[must_use]
pub fn is_linearizable(history: &[Operation]) -> bool {
    if history.is_empty() {
        return true;
    }
    let mut numbers = BTreeMap::new();
    let mut number = |process: Process| {
        let next = numbers.len();
        *numbers.entry(process).or_insert(next)
    };
    let events = events(history).into_iter().map(|(operation, is_call)| {
        let step = (operation.request, operation.outcome);
        let action = if is_call { Action::Call(step) } else { Action::Response(step) };
        (number(operation.process), action)
    });
    WGLChecker::<Rules>::is_linearizable(History::from_actions(events.collect()))
}

/// Whether there is such an order, by the other search. It takes very long where many requests overlap.
#[must_use]
pub fn is_linearizable_too(history: &[Operation]) -> bool {
    let mut tester = LinearizabilityTester::new(Register::default());
    for (operation, is_call) in events(history) {
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
    let mut until = by_answer(history);
    until.truncate(ill);
    Some(Violation { until: until.split_off(ill.saturating_sub(SHOWN)) })
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "no order explains the last of these answers:")?;
        for Operation { process, request, outcome, called, returned } in &self.until {
            writeln!(f, "  {called:?} to {returned:?}, process {}: {request:?} → {outcome:?}", process.0)?;
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
fn events(history: &[Operation]) -> Vec<(Operation, bool)> {
    let mut events: Vec<(Duration, bool, Operation)> = Vec::new();
    for operation in history {
        let returned = match operation.outcome {
            Outcome::Unknown => Duration::MAX,
            _ => operation.returned,
        };
        events.push((operation.called, false, *operation));
        events.push((returned, true, *operation));
    }
    events.sort_by_key(|(time, is_answer, _)| (*time, *is_answer));
    events.into_iter().map(|(_, is_answer, operation)| (operation, !is_answer)).collect()
}

/// The register, as todc-utils wants it.
struct Rules;

impl Specification for Rules {
    type State = Register;
    type Operation = Step;

    fn init() -> Register {
        Register::default()
    }

    fn apply((request, outcome): &Step, state: &Register) -> (bool, Register) {
        match state.after(*request, *outcome) {
            Some(after) => (true, after),
            None => (false, state.clone()),
        }
    }
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
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use super::*;
    use crate::history::Shown;

    fn shown(version: i64, mark: u64) -> Outcome {
        Outcome::Shown(Shown { version, mark, body: mark * 1_000 + version.unsigned_abs() })
    }

    /// Requests, each with its process and the milliseconds at which it was sent and answered.
    fn history(steps: &[(usize, u64, u64, Request, Outcome)]) -> Vec<Operation> {
        let operation = |(process, called, returned, request, outcome): &(usize, u64, u64, _, _)| Operation {
            process: Process(*process),
            request: *request,
            outcome: *outcome,
            called: Duration::from_millis(*called),
            returned: Duration::from_millis(*returned),
        };
        steps.iter().map(operation).collect()
    }

    fn created() -> (usize, u64, u64, Request, Outcome) {
        (0, 0, 1, Request::Create { mark: 1 }, shown(1, 1))
    }

    /// Asserts that both searches find an order, or find none.
    fn check(expected: bool, steps: &[(usize, u64, u64, Request, Outcome)]) {
        let history = history(&[&[created()], steps].concat());
        assert_eq!(is_linearizable(&history), expected);
        assert_eq!(is_linearizable_too(&history), expected);
        assert_eq!(violation(&history).is_none(), expected);
    }

    const fn write(mark: u64) -> Request {
        Request::Write { mark }
    }

    const fn write_if(tag: i64, mark: u64) -> Request {
        Request::WriteIf { tag, mark }
    }

    #[test]
    fn what_happens_one_after_the_other_has_an_order() {
        check(
            true,
            &[
                (0, 2, 3, write(2), shown(2, 2)),
                (1, 4, 5, Request::Read, shown(2, 2)),
                (1, 6, 7, write_if(2, 3), shown(5, 3)),
                (0, 8, 9, write_if(2, 4), Outcome::Mismatch),
                (0, 10, 11, Request::Create { mark: 1 }, shown(5, 3)),
            ],
        );
    }

    #[test]
    fn what_overlaps_may_be_seen_before_or_after() {
        for seen in [shown(1, 1), shown(2, 2)] {
            check(true, &[(0, 2, 9, write(2), shown(2, 2)), (1, 3, 4, Request::Read, seen)]);
        }
    }

    #[test]
    fn a_lost_update_is_found() {
        // Both are acknowledged, and then the later one's body is shown under the earlier one's version.
        let read = Outcome::Shown(Shown { version: 3, mark: 2, body: 2_003 });
        check(
            false,
            &[
                (0, 2, 5, write(2), shown(2, 2)),
                (1, 2, 5, write(3), shown(3, 3)),
                (0, 6, 7, Request::Read, read),
            ],
        );
        check(false, &[(0, 2, 3, write(2), shown(2, 2)), (0, 4, 5, write_if(1, 3), shown(3, 3))]);
    }

    #[test]
    fn a_stale_read_after_an_acknowledged_write_is_found() {
        check(false, &[(0, 2, 3, write(2), shown(2, 2)), (1, 4, 5, Request::Read, shown(1, 1))]);
        check(false, &[(0, 2, 3, write(2), shown(2, 2)), (1, 4, 5, Request::Read, Outcome::Missing)]);
    }

    #[test]
    fn two_winners_of_one_version_are_found() {
        check(false, &[(0, 2, 9, write_if(1, 2), shown(2, 2)), (1, 2, 9, write_if(1, 3), shown(3, 3))]);
    }

    #[test]
    fn a_loser_without_a_winner_is_found() {
        check(false, &[(0, 2, 3, write_if(1, 2), Outcome::Mismatch)]);
    }

    #[test]
    fn a_value_that_comes_back_is_found() {
        check(
            false,
            &[
                (0, 2, 3, write(2), shown(2, 2)),
                (0, 4, 5, write(3), shown(3, 3)),
                (1, 6, 7, Request::Read, shown(2, 2)),
            ],
        );
        // Also one after the other, while both reads overlap the write.
        check(
            false,
            &[
                (0, 2, 9, write(2), shown(2, 2)),
                (1, 3, 4, Request::Read, shown(2, 2)),
                (1, 5, 6, Request::Read, shown(1, 1)),
            ],
        );
    }

    #[test]
    fn a_second_action_for_one_create_is_found() {
        let again = Outcome::Shown(Shown { version: 2, mark: 1, body: 77 });
        check(false, &[(0, 2, 3, Request::Create { mark: 1 }, again)]);
    }

    #[test]
    fn a_body_that_nobody_wrote_is_found() {
        check(false, &[(0, 2, 3, Request::Read, shown(2, 9))]);
    }

    #[test]
    fn a_request_without_an_answer_may_have_happened_at_any_time_or_never() {
        let lost = (0, 2, 3, write(2), Outcome::Unknown);
        check(true, &[lost, (1, 4, 5, Request::Read, shown(1, 1))]);
        check(true, &[lost, (1, 4, 5, Request::Read, shown(1, 1)), (1, 6, 7, Request::Read, shown(3, 2))]);
        check(true, &[lost, (1, 4, 5, write_if(1, 3), Outcome::Mismatch)]);
        check(true, &[lost, (1, 4, 5, write(3), shown(9, 3)), (1, 6, 7, Request::Read, shown(9, 3))]);
    }

    #[test]
    fn a_request_without_an_answer_happens_once() {
        check(
            false,
            &[
                (0, 2, 3, write(2), Outcome::Unknown),
                (1, 4, 5, Request::Read, shown(3, 2)),
                (1, 6, 7, write(3), shown(4, 3)),
                (1, 8, 9, Request::Read, shown(5, 2)),
            ],
        );
        // And a condition that its version never meets keeps it from happening.
        check(
            false,
            &[
                (1, 2, 3, write(3), shown(2, 3)),
                (0, 4, 5, write_if(1, 2), Outcome::Unknown),
                (1, 6, 7, Request::Read, shown(3, 2)),
            ],
        );
    }

    #[test]
    fn a_create_without_an_answer_may_be_the_one() {
        let lost = (0, 0, 1, Request::Create { mark: 1 }, Outcome::Unknown);
        let history = history(&[lost, (1, 2, 3, Request::Create { mark: 1 }, shown(4, 1))]);
        assert!(is_linearizable(&history) && is_linearizable_too(&history));
    }

    #[test]
    fn a_violation_ends_with_the_first_answer_that_has_no_place() {
        let steps = [
            created(),
            (0, 2, 3, write(2), shown(2, 2)),
            (1, 4, 5, Request::Read, shown(1, 1)),
            (1, 6, 7, Request::Read, shown(2, 2)),
        ];
        let violation = violation(&history(&steps)).unwrap();
        assert_eq!(violation.until.len(), 3);
        assert!(violation.to_string().contains("process 1: Read"), "{violation}");
    }

    #[test]
    fn a_long_history_of_many_clients_is_checked_in_time() {
        // Each write overlaps the next and three reads, and some answers are lost.
        let mut steps = vec![created()];
        let (mut version, mut at) = (1, 2);
        for mark in 2..80 {
            if mark % 20 == 0 {
                steps.push((100 + usize::try_from(mark).unwrap(), at, at + 1, write(mark), Outcome::Unknown));
                continue;
            }
            let before = steps.iter().rev().find_map(|step| match step.4 {
                Outcome::Shown(shown) => Some(shown),
                _ => None,
            });
            version += 2;
            for reader in 1..4 {
                steps.push((reader, at, at + 3, Request::Read, Outcome::Shown(before.unwrap())));
            }
            steps.push((0, at, at + 3, write(mark), shown(version, mark)));
            at += 4;
        }
        assert!(is_linearizable(&history(&steps)));
        steps.push((0, at, at + 1, Request::Read, shown(1, 1)));
        assert!(!is_linearizable(&history(&steps)));
    }
}
