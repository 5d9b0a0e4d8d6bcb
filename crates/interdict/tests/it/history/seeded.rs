//! Bugs that a build has on purpose: the checker that is there for one must find it, and nothing without one.
//!
//! `cargo xtask soak` builds that binary and names it; elsewhere these tests are left out.

use std::time::Duration;

use interdict_testkit::process::Program;

use super::world::Engine;
use super::{carried, feeds, lists, registers};

/// The path of a binary with the feature `faults`.
const FAULTY: &str = "INTERDICT_TEST_FAULTY";
/// A round is short; a bug that shows by chance gets several.
const ROUND: Duration = Duration::from_secs(4);
const ROUNDS: u32 = 6;

/// An experiment.
#[derive(Clone, Copy)]
enum Checker {
    Registers,
    Lists,
    Feeds,
    Carried,
}

impl Checker {
    /// What it finds in one round.
    async fn finding(self, engine: Engine, program: &Program) -> Option<String> {
        let world = engine.start(program).await;
        match self {
            Self::Registers => registers::run(world, ROUND).await.1.violation,
            Self::Lists => lists::run(world, ROUND).await.1.fault,
            Self::Feeds => feeds::run(world, ROUND).await.1.fault,
            Self::Carried => carried::finding(&carried::run(world, ROUND).await.1),
        }
    }
}

fn faulty() -> Program {
    Program::new(std::env::var(FAULTY).expect("`cargo xtask soak` names the binary"))
}

/// Asserts that the bug is found, and in the way that is expected of it.
async fn check(fault: &str, engine: Engine, checker: Checker, sign: &str) {
    let program = faulty().with("INTERDICT_FAULT", fault);
    for round in 1..=ROUNDS {
        if let Some(finding) = checker.finding(engine, &program).await {
            eprintln!("{fault} in round {round}: {finding}");
            assert!(finding.contains(sign), "{finding}");
            return;
        }
    }
    panic!("{fault} is not found in {ROUNDS} rounds");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_answer_before_its_commit_is_found_by_registers() {
    check("early-answer", Engine::Sqlite, Checker::Registers, "").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_answer_before_its_commit_is_found_by_registers_of_two_nodes() {
    check("early-answer", Engine::Postgres, Checker::Registers, "").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_condition_that_admits_every_version_is_found_by_registers() {
    check("any-version", Engine::Sqlite, Checker::Registers, "WriteIf").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_forgotten_filing_is_found_by_registers() {
    check("forgotten-filing", Engine::Sqlite, Checker::Registers, "Create").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn commits_that_were_not_synced_are_missed_by_registers() {
    check("unsynced-tail", Engine::Sqlite, Checker::Registers, "").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn commits_that_were_not_synced_are_missed_in_lists() {
    check("unsynced-tail", Engine::Sqlite, Checker::Lists, "Missing").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_row_skipped_between_pages_is_found_in_lists() {
    check("skipped-row", Engine::Sqlite, Checker::Lists, "Skipped").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sequences_out_of_the_order_of_commits_are_found_by_readers_of_the_journal() {
    check("late-entry", Engine::Postgres, Checker::Feeds, "Gap").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_commit_that_is_made_twice_is_found_in_lists() {
    // An id is made once, so the second attempt meets the first one's action: it is there and was refused.
    check("repeated-commit", Engine::Postgres, Checker::Lists, "filing").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_commit_that_took_place_and_is_denied_is_found_by_registers() {
    check("denied-commit", Engine::Postgres, Checker::Registers, "").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_report_with_an_old_fence_that_is_believed_is_found_among_the_actions_carried_out() {
    check("any-fence", Engine::Sqlite, Checker::Carried, "an old fence was believed").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_action_that_is_handed_out_too_early_is_found_with_two_programs_at_once() {
    check("early-timers", Engine::Postgres, Checker::Carried, "held by two").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_a_bug_the_same_binary_is_well() {
    for checker in [Checker::Registers, Checker::Lists, Checker::Feeds, Checker::Carried] {
        for engine in [Engine::Sqlite, Engine::Postgres] {
            assert_eq!(checker.finding(engine, &faulty()).await, None);
        }
    }
}

#[test]
fn a_build_with_bugs_says_so_and_keeps_to_loopback() {
    let version = faulty().run(&["--version"]).stdout;
    assert!(version.contains("seeded bugs"), "{version}");
    let directory = tempfile::tempdir().unwrap();
    let data_dir = directory.path().to_str().unwrap();
    let open = ["serve", "--listen", "0.0.0.0:0", "--insecure-http", "--data-dir", data_dir];
    let refused = faulty().run(&open);
    assert_eq!(refused.status.code(), Some(2), "{}", refused.stderr);
    assert!(refused.stderr.contains("seeded bugs"), "{}", refused.stderr);
    let misspelt = faulty().with("INTERDICT_FAULT", "nothing").run(&["serve", "--data-dir", data_dir]);
    assert_eq!(misspelt.status.code(), Some(2), "{}", misspelt.stderr);
    assert!(misspelt.stderr.contains("early-answer"), "{}", misspelt.stderr);
}
