//! Histories that are known to be good or bad.
#![allow(clippy::unwrap_used, reason = "tests")]

use super::super::note::HandOut;
use super::super::state::InForce;
use super::*;

const SECOND: i64 = 1_000_000_000;
const LEASE: i64 = 6;
const TARGET: &str = "198.51.100.1";

/// What clients write down; instants are seconds.
#[derive(Default)]
struct History(Vec<Note>);

impl History {
    fn with(mut self, t: i64, what: What, ev: Event) -> Self {
        let status = if ev == Event::Fail { 409 } else { 200 };
        let t = u64::try_from(t * SECOND).unwrap();
        self.0.push(Note { t, c: 0, what, ev, status, fault: String::new() });
        self
    }

    fn filed(self, key: &str, ev: Event) -> Self {
        let what = || What::File { key: key.to_owned() };
        self.with(0, what(), Event::Send).with(0, what(), ev)
    }

    fn handed(self, t: i64, action: &str, fence: i64) -> Self {
        self.handed_at(t, t, action, fence)
    }

    /// Received at `t`, and handed out at `at` as the server says.
    fn handed_at(self, t: i64, at: i64, action: &str, fence: i64) -> Self {
        let handed = HandOut {
            action: action.to_owned(),
            target: TARGET.to_owned(),
            lifts: action.starts_with("undo"),
            fence,
            handed: at * SECOND,
            expires: (at + LEASE) * SECOND,
        };
        self.with(t, What::HandOut(handed), Event::Ok)
    }

    fn renewed(self, t: i64, fence: i64, ev: Event) -> Self {
        let expires = if ev == Event::Ok { (t + LEASE) * SECOND } else { 0 };
        self.with(t, What::Renew { fence, expires: 0 }, Event::Send).with(
            t,
            What::Renew { fence, expires },
            ev,
        )
    }

    fn acted(self, t: i64, lifts: bool) -> Self {
        self.with(t, What::Act { target: TARGET.to_owned(), lifts }, Event::Ok)
    }

    fn completed(self, t: i64, fence: i64, ev: Event) -> Self {
        self.with(t, What::Complete { fence }, Event::Send).with(t, What::Complete { fence }, ev)
    }

    /// The faults, where the store has what `there` says of each action, and every hand-out.
    fn faults(&self, there: &[(&str, &str)]) -> Vec<Fault> {
        self.judge(&self.state(there)).faults.into_iter().collect()
    }

    fn judge(&self, state: &State) -> Verdict {
        judge(&self.0, state, &[])
    }

    fn state(&self, there: &[(&str, &str)]) -> State {
        let handed_out = self.0.iter().filter_map(|note| match &note.what {
            What::HandOut(handed) => Some((handed.action.clone(), handed.fence)),
            _ => None,
        });
        State {
            actions: there.iter().map(|(id, phase)| found(id, phase)).collect(),
            effects: Vec::new(),
            handed_out: handed_out.collect(),
        }
    }
}

fn found(id: &str, phase: &str) -> Found {
    let lifts = id.starts_with("undo");
    let status = match phase {
        "succeeded" => "Completed",
        "queued" => "NotStarted",
        "executing" | "retrying" => "Running",
        _ => "Failed",
    };
    Found {
        id: id.to_owned(),
        key: if lifts { String::new() } else { format!("key of {id}") },
        status: status.to_owned(),
        phase: phase.to_owned(),
        lifts,
    }
}

/// A block that is filed, carried out and undone.
fn well() -> History {
    History::default()
        .filed("key of a", Event::Ok)
        .handed(1, "a", 2)
        .renewed(1, 2, Event::Ok)
        .acted(1, false)
        .completed(2, 2, Event::Ok)
        .handed(5, "undo a", 6)
        .renewed(5, 6, Event::Ok)
        .acted(5, true)
        .completed(6, 6, Event::Ok)
}

const WELL: [(&str, &str); 2] = [("a", "succeeded"), ("undo a", "succeeded")];

fn only(faults: &[Fault], kind: fn(String) -> Fault) {
    let is = |fault: &Fault| std::mem::discriminant(fault) == std::mem::discriminant(&kind(String::new()));
    assert!(!faults.is_empty() && faults.iter().all(is), "{faults:?}");
}

#[test]
fn what_was_carried_out_and_undone_is_well() {
    let history = well();
    let verdict = history.judge(&history.state(&WELL));
    assert_eq!(verdict.faults, BTreeSet::new());
    assert_eq!((verdict.filed, verdict.succeeded, verdict.completed, verdict.undone), (1, 1, 1, 1));
    assert_eq!(verdict.handed_out, 2);
    assert_eq!((verdict.again, verdict.rejected, verdict.unknown, verdict.unheard), (0, 0, 0, 0));
}

#[test]
fn who_was_silent_loses_its_claim_and_what_it_says_later_is_refused() {
    let history = History::default()
        .filed("key of a", Event::Ok)
        .handed(1, "a", 2)
        .renewed(2, 2, Event::Ok)
        .handed(8, "a", 3)
        .renewed(8, 3, Event::Ok)
        .completed(9, 2, Event::Fail)
        .completed(10, 3, Event::Ok);
    let mut state = history.state(&[("a", "succeeded")]);
    state.handed_out.insert(("a".to_owned(), 9));
    let verdict = judge(&history.0, &state, &[4 * SECOND.unsigned_abs()]);
    assert_eq!(verdict.faults, BTreeSet::new());
    assert_eq!((verdict.again, verdict.over_a_kill, verdict.rejected, verdict.unheard), (1, 1, 1, 1));
    assert_eq!(judge(&history.0, &state, &[9 * SECOND.unsigned_abs()]).over_a_kill, 0, "it came later");
}

#[test]
fn what_is_handed_out_while_somebody_has_it_is_held_by_two() {
    let first = || History::default().handed(1, "a", 2).renewed(3, 2, Event::Ok);
    only(&first().handed(8, "a", 3).faults(&[]), Fault::TwoLive);
    assert_eq!(first().handed(9, "a", 3).faults(&[]), [], "it has run out just then");
    // A renewal that was not acknowledged extends nothing that anybody may rely on.
    let unheard = History::default().handed(1, "a", 2).renewed(3, 2, Event::Unknown).handed(7, "a", 3);
    assert_eq!(unheard.faults(&[]), []);
    // The server's clock may not have gone ahead of everybody else's.
    only(&first().handed_at(8, 10, "a", 3).faults(&[]), Fault::TwoLive);
    // Nor is an answer that took its time an excuse.
    only(&first().handed_at(12, 8, "a", 3).faults(&[]), Fault::TwoLive);
}

#[test]
fn a_target_that_is_handed_out_while_somebody_has_it_is_held_by_two() {
    let first = History::default().handed(1, "a", 2).renewed(1, 2, Event::Ok);
    only(&first.handed(3, "b", 3).faults(&[]), Fault::TwoLive);
}

#[test]
fn an_end_that_was_sent_before_may_have_freed_it() {
    let there = [("a", "succeeded")];
    for outcome in [Event::Ok, Event::Unknown] {
        let ended =
            History::default().filed("key of a", Event::Ok).handed(1, "a", 2).completed(2, 2, outcome);
        assert_eq!(ended.handed(3, "b", 3).faults(&there), []);
    }
    let refused = History::default().handed(1, "a", 2).completed(2, 2, Event::Fail);
    only(&refused.handed(3, "b", 3).faults(&[]), Fault::TwoLive);
    let behind = History::default().handed(1, "a", 2).handed(3, "b", 3).completed(4, 2, Event::Unknown);
    only(&behind.faults(&[]), Fault::TwoLive);
}

#[test]
fn a_report_that_is_accepted_with_an_old_fence_is_found() {
    let twice = || History::default().filed("key of a", Event::Ok).handed(1, "a", 2).handed(8, "a", 3);
    let there = [("a", "succeeded")];
    only(&twice().renewed(9, 2, Event::Ok).faults(&there), Fault::OldFence);
    only(&twice().completed(9, 2, Event::Ok).faults(&there), Fault::OldFence);
    assert_eq!(twice().renewed(9, 2, Event::Fail).faults(&there), []);
    assert_eq!(twice().completed(9, 2, Event::Unknown).faults(&there), []);
}

#[test]
fn what_was_completed_and_is_handed_out_again_is_found() {
    let again = History::default().filed("key of a", Event::Ok).handed(1, "a", 2).completed(2, 2, Event::Ok);
    only(&again.handed(8, "a", 3).faults(&[("a", "succeeded")]), Fault::OldFence);
}

#[test]
fn a_fence_that_is_handed_out_twice_is_found() {
    only(&History::default().handed(1, "a", 2).handed(8, "b", 2).faults(&[]), Fault::Doubled);
}

#[test]
fn an_acknowledged_filing_that_is_gone_is_lost() {
    only(&History::default().filed("key of a", Event::Ok).faults(&[]), Fault::Lost);
    for outcome in [Event::Fail, Event::Unknown, Event::Send] {
        assert_eq!(History::default().filed("key of a", outcome).faults(&[]), []);
        assert_eq!(History::default().filed("key of a", outcome).faults(&[("a", "succeeded")]), []);
    }
}

#[test]
fn an_acknowledged_hand_out_that_the_journal_lacks_is_lost() {
    let history = well();
    let mut state = history.state(&WELL);
    state.handed_out.remove(&("a".to_owned(), 2));
    only(&history.judge(&state).faults.into_iter().collect::<Vec<_>>(), Fault::Lost);
}

#[test]
fn a_completed_action_that_is_gone_is_lost() {
    only(&History::default().handed(1, "a", 2).completed(2, 2, Event::Ok).faults(&[]), Fault::Lost);
}

#[test]
fn an_action_that_is_there_twice_is_doubled() {
    let history = well();
    let mut state = history.state(&WELL);
    state.actions.push(Found { id: "other".to_owned(), ..found("a", "succeeded") });
    only(&history.judge(&state).faults.into_iter().collect::<Vec<_>>(), Fault::Doubled);
}

#[test]
fn an_action_that_nobody_filed_is_found() {
    only(&well().faults(&[WELL[0], WELL[1], ("b", "succeeded")]), Fault::NeverFiled);
}

#[test]
fn an_acknowledged_completion_that_did_not_happen_is_found() {
    only(&well().faults(&[("a", "failed"), WELL[1]]), Fault::NotSucceeded);
    only(&well().faults(&[WELL[0], ("undo a", "cancelled")]), Fault::NotSucceeded);
    // What nobody knows may be so or not.
    let unknown =
        || History::default().filed("key of a", Event::Ok).handed(1, "a", 2).completed(2, 2, Event::Unknown);
    for phase in ["failed", "succeeded"] {
        assert_eq!(unknown().faults(&[("a", phase)]), []);
    }
}

#[test]
fn an_action_without_an_end_is_found() {
    for phase in ["queued", "executing", "retrying"] {
        only(&History::default().filed("key of a", Event::Ok).faults(&[("a", phase)]), Fault::NotFinal);
    }
}

#[test]
fn what_is_left_in_force_is_found() {
    let history = well();
    let mut state = history.state(&WELL);
    state.effects.push(InForce { target: TARGET.to_owned(), holders: vec!["a".to_owned()] });
    only(&history.judge(&state).faults.into_iter().collect::<Vec<_>>(), Fault::InForce);
    // Though the store knows nothing of it: it was brought about again, and nobody undid that.
    only(&well().acted(7, false).faults(&WELL), Fault::InForce);
}

#[test]
fn an_answer_that_no_client_may_get_is_found() {
    let mut history = well().filed("key of a", Event::Unknown);
    history.0.last_mut().unwrap().fault = "404".to_owned();
    only(&history.faults(&WELL), Fault::BadAnswer);
}
