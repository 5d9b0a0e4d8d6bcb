//! Histories that are well, and histories that are wrong.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

use super::*;
use crate::history::Shown;
use crate::power_loss::Random;

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
        &[(0, 2, 5, write(2), shown(2, 2)), (1, 2, 5, write(3), shown(3, 3)), (0, 6, 7, Request::Read, read)],
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

/// A history of a register that works, of which some answers are lost and some requests with them.
fn random_history(random: &mut Random) -> Vec<Operation> {
    let mut effects: Vec<(u64, Operation)> = Vec::new();
    for process in 0..3 {
        let mut at = random.below(4);
        for _ in 0..3 {
            let called = at;
            let effect = called + 1 + random.below(6);
            at = effect + 1 + random.below(6);
            let operation = Operation {
                process: Process(process),
                request: Request::Read,
                outcome: Outcome::Missing,
                called: Duration::from_millis(called),
                returned: Duration::from_millis(at),
            };
            effects.push((effect, operation));
            at += 1;
        }
    }
    effects.sort_by_key(|(effect, _)| *effect);
    let (mut state, mut version): (Option<Shown>, i64) = (None, 0);
    let (mut ended, mut history) = (Vec::new(), Vec::new());
    for (mark, (_, mut operation)) in (1_u64..).zip(effects) {
        if ended.contains(&operation.process) {
            continue;
        }
        // Whoever names a version has seen it.
        let seen = history.iter().filter(|earlier: &&Operation| earlier.returned < operation.called);
        let tags: Vec<_> = seen.filter_map(|earlier| version_of(earlier.outcome)).collect();
        let tag = tags.get(usize::try_from(random.below(tags.len() as u64)).unwrap());
        operation.request = match (state, random.below(5), tag) {
            (None, ..) | (_, 0, _) => Request::Create { mark: 1_000 },
            (_, 1, _) => Request::Write { mark },
            (_, 2 | 3, Some(tag)) => Request::WriteIf { tag: *tag, mark },
            _ => Request::Read,
        };
        let written = |mark: u64| Shown { version: version + 1, mark, body: mark };
        let is_lost = random.below(4) == 0 && operation.request != Request::Read;
        let happens = !is_lost || random.below(2) == 0;
        let (after, outcome) = match (operation.request, state) {
            (Request::Create { mark }, None) => (Some(written(mark)), Outcome::Shown(written(mark))),
            (Request::Write { mark }, _) => (Some(written(mark)), Outcome::Shown(written(mark))),
            (Request::WriteIf { tag, mark }, Some(shown)) if shown.version == tag => {
                (Some(written(mark)), Outcome::Shown(written(mark)))
            }
            (Request::WriteIf { .. }, state) => (state, Outcome::Mismatch),
            (_, state) => (state, state.map_or(Outcome::Missing, Outcome::Shown)),
        };
        if happens && after != state {
            (state, version) = (after, version + 1);
        }
        operation.outcome = if is_lost { Outcome::Unknown } else { outcome };
        if is_lost {
            ended.push(operation.process);
        }
        history.push(operation);
    }
    history
}

fn version_of(outcome: Outcome) -> Option<i64> {
    if let Outcome::Shown(shown) = outcome { Some(shown.version) } else { None }
}

#[test]
fn both_searches_agree_on_histories_that_are_well_and_on_spoilt_ones() {
    let mut random = Random::new(7);
    let (mut well, mut ill) = (0, 0);
    for number in 0..3_000 {
        let mut history = random_history(&mut random);
        assert!(is_linearizable(&history), "{number}: {history:#?}");
        assert!(is_linearizable_too(&history), "{number}: {history:#?}");
        // One answer takes the place of another.
        let draw = |random: &mut Random| usize::try_from(random.below(history.len() as u64)).unwrap();
        let (from, to) = (draw(&mut random), draw(&mut random));
        if history[to].outcome == Outcome::Unknown || history[from].outcome == Outcome::Unknown {
            continue;
        }
        history[to].outcome = history[from].outcome;
        let verdict = is_linearizable(&history);
        assert_eq!(verdict, is_linearizable_too(&history), "{number}: {history:#?}");
        *(if verdict { &mut well } else { &mut ill }) += 1;
    }
    assert!(well > 300 && ill > 300, "{well} well, {ill} ill");
}

#[test]
fn requests_of_which_nobody_saw_anything_do_not_make_the_search_long() {
    let mut steps = vec![created()];
    let (mut tag, mut last, mut at) = (1, 1, 2);
    for mark in 2..102 {
        if mark % 5 == 0 {
            let process = 100 + usize::try_from(mark).unwrap();
            let request = if mark % 2 == 0 { write(mark) } else { write_if(tag, mark) };
            steps.push((process, at, at + 1, request, Outcome::Unknown));
            continue;
        }
        let version = tag + 2;
        steps.push((1, at, at + 3, Request::Read, shown(tag, last)));
        steps.push((0, at + 1, at + 3, write_if(tag, mark), shown(version, mark)));
        (tag, last, at) = (version, mark, at + 4);
    }
    assert!(is_linearizable(&history(&steps)));
    steps.push((1, at, at + 1, Request::Read, shown(1, 1)));
    assert!(violation(&history(&steps)).is_some());
}
