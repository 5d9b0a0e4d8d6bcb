//! Histories that are known to be good or bad.

use super::*;

fn line(op: Op, n: u64, ev: Event) -> Line {
    let etag = if ev == Event::Ok { format!("v{n}") } else { String::new() };
    Line {
        t: 0,
        c: 1,
        op,
        key: "a".to_owned(),
        rid: format!("a-{n}"),
        ev,
        etag,
        n,
        status: 0,
        fault: String::new(),
    }
}

/// An action that was filed with 0 and changed; each change with its outcome.
fn history(changes: &[(u64, Event)]) -> Vec<Line> {
    let mut lines = vec![line(Op::Create, 0, Event::Send), line(Op::Create, 0, Event::Ok)];
    for (n, outcome) in changes {
        lines.extend([line(Op::Patch, *n, Event::Send), line(Op::Patch, *n, *outcome)]);
    }
    lines
}

fn found(n: u64) -> Found {
    Found { key: "a".to_owned(), id: format!("id{n}"), n, etag: format!("v{n}") }
}

fn journal(entries: &[u64]) -> Journal {
    [("a".to_owned(), entries.to_vec())].into()
}

fn faults(lines: &[Line], found: &[Found], entries: &[u64]) -> Vec<Fault> {
    judge(lines, found, &journal(entries)).faults.into_iter().collect()
}

fn only(faults: &[Fault], kind: fn(String) -> Fault) {
    let is = |fault: &Fault| std::mem::discriminant(fault) == std::mem::discriminant(&kind(String::new()));
    assert!(!faults.is_empty() && faults.iter().all(is), "{faults:?}");
}

#[test]
fn what_was_acknowledged_and_is_there_is_well() {
    let lines = history(&[(1, Event::Ok), (2, Event::Fail), (3, Event::Ok)]);
    let verdict = judge(&lines, &[found(3)], &journal(&[0, 1, 3]));
    assert_eq!(verdict.faults, BTreeSet::new());
    assert_eq!((verdict.acknowledged, verdict.refused, verdict.entries), (3, 1, 3));
}

#[test]
fn an_unknown_change_may_have_happened_or_not() {
    let lines = history(&[(1, Event::Ok), (2, Event::Unknown)]);
    assert_eq!(faults(&lines, &[found(1)], &[0, 1]), []);
    assert_eq!(faults(&lines, &[found(2)], &[0, 1, 2]), []);
    assert_eq!(judge(&lines, &[found(2)], &journal(&[0, 1, 2])).unknown_happened, 1);
    // Nor is one known that was never answered.
    let pending = lines.get(..5).unwrap_or_default();
    assert_eq!(faults(pending, &[found(2)], &[0, 1, 2]), []);
}

#[test]
fn an_acknowledged_change_that_is_gone_is_lost() {
    let lines = history(&[(1, Event::Ok), (2, Event::Ok)]);
    let faults = faults(&lines, &[found(1)], &[0, 1]);
    only(&faults, Fault::Lost);
    assert_eq!(faults.len(), 1, "in the state and in the journal it is one: {faults:?}");
}

#[test]
fn an_acknowledged_action_that_is_gone_is_lost() {
    only(&faults(&history(&[]), &[], &[]), Fault::Lost);
}

#[test]
fn a_change_that_only_the_journal_lacks_is_lost() {
    only(&faults(&history(&[(1, Event::Ok), (2, Event::Ok)]), &[found(2)], &[0, 2]), Fault::Lost);
}

#[test]
fn a_late_unknown_change_over_an_acknowledged_one_is_a_loss() {
    let lines = history(&[(1, Event::Unknown), (2, Event::Ok)]);
    let faults = judge(&lines, &[found(1)], &journal(&[0, 2, 1])).faults;
    assert!(faults.iter().any(|it| matches!(it, Fault::Lost(_))), "{faults:?}");
    assert!(faults.iter().any(|it| matches!(it, Fault::Resurrected(_))), "{faults:?}");
}

#[test]
fn an_action_that_is_there_twice_is_doubled() {
    let twice = [found(0), Found { id: "other".to_owned(), ..found(0) }];
    only(&faults(&history(&[]), &twice, &[0]), Fault::Doubled);
}

#[test]
fn a_change_that_the_journal_has_twice_is_doubled() {
    only(&faults(&history(&[(1, Event::Ok)]), &[found(1)], &[0, 1, 1]), Fault::Doubled);
}

#[test]
fn a_deleted_action_that_is_there_is_resurrected() {
    let mut lines = history(&[]);
    lines.extend([line(Op::Delete, 0, Event::Send), line(Op::Delete, 0, Event::Ok)]);
    assert_eq!(faults(&lines, &[], &[0]), []);
    only(&faults(&lines, &[found(0)], &[0]), Fault::Resurrected);
}

#[test]
fn an_entry_behind_a_later_one_is_resurrected() {
    only(&faults(&history(&[(1, Event::Ok), (2, Event::Ok)]), &[found(2)], &[0, 2, 1]), Fault::Resurrected);
}

#[test]
fn a_refused_change_that_happened_is_wrongly_refused() {
    let lines = history(&[(1, Event::Ok), (2, Event::Fail)]);
    only(&faults(&lines, &[found(2)], &[0, 1, 2]), Fault::WronglyRefused);
    // Also where a later change hides it.
    let lines = history(&[(1, Event::Fail), (2, Event::Ok)]);
    only(&faults(&lines, &[found(2)], &[0, 1, 2]), Fault::WronglyRefused);
}

#[test]
fn a_refused_filing_that_happened_is_wrongly_refused() {
    let lines = [line(Op::Create, 0, Event::Send), line(Op::Create, 0, Event::Fail)];
    only(&faults(&lines, &[found(0)], &[0]), Fault::WronglyRefused);
    // But not where the same filing was unknown before: the refusal was of the second attempt.
    let lines = [
        line(Op::Create, 0, Event::Send),
        line(Op::Create, 0, Event::Unknown),
        line(Op::Create, 0, Event::Send),
        line(Op::Create, 0, Event::Fail),
    ];
    assert_eq!(faults(&lines, &[found(0)], &[0]), []);
}

#[test]
fn what_nobody_sent_is_found() {
    only(&faults(&history(&[]), &[found(7)], &[0]), Fault::NeverSent);
    only(&faults(&[], &[found(0)], &[]), Fault::NeverSent);
    only(&faults(&[], &[], &[0]), Fault::NeverSent);
}

#[test]
fn an_acknowledgement_under_another_version_is_found() {
    let other = Found { etag: "v9".to_owned(), ..found(1) };
    only(&faults(&history(&[(1, Event::Ok)]), &[other], &[0, 1]), Fault::OtherVersion);
}

#[test]
fn an_answer_that_no_client_may_get_is_found() {
    let mut lines = history(&[]);
    lines.push(Line { fault: "404".to_owned(), ..line(Op::Patch, 1, Event::Unknown) });
    only(&faults(&lines, &[found(0)], &[0]), Fault::BadAnswer);
}
