//! Programs that carry actions out, while servers fail: no action is with two at once, each ends, and nothing is left.

use std::sync::Arc;
use std::time::Duration;

use interdict_checker::carried::Crew;
use interdict_checker::carried::verdict::{Verdict, judge};
use interdict_checker::log::Log;

use tempfile::TempDir;

use super::rounds;
use super::world::{Engine, Over, World};
use crate::program;

/// How long it may take until all that was filed is carried out and undone.
const PATIENCE: Duration = Duration::from_secs(90);

/// Has actions carried out on a world that fails, and judges what the programs were told; the folder has their log.
pub(super) async fn run(world: World, duration: Duration) -> (World, Verdict, TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let log = Arc::new(Log::create(&folder.path().join("carried.jsonl")).unwrap());
    let crew = Crew::start(world.apis(), Arc::clone(&log)).await.unwrap();
    let (world, _) = world.fail_for(duration, &Over::default()).await;
    let state = crew.end(PATIENCE).await.unwrap();
    let verdict = judge(&log.lines(), &state, &[]);
    (world, verdict, folder)
}

/// What is wrong, as text.
pub(super) fn finding(verdict: &Verdict) -> Option<String> {
    let faults: Vec<_> = verdict.faults.iter().map(ToString::to_string).collect();
    (!faults.is_empty()).then(|| faults.join("; "))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_action_ends_and_is_with_one_program_at_a_time_on_two_nodes_whose_database_goes() {
    for duration in rounds() {
        let (world, verdict, folder) = run(Engine::Postgres.start(&program()).await, duration).await;
        eprintln!("{verdict:?}");
        if let Some(finding) = finding(&verdict) {
            panic!("{finding}\nthe log is in {}", folder.keep().display());
        }
        assert!(verdict.completed > 5 && verdict.undone > 5 && verdict.rejected > 0, "too little happened");
        world.assert_verified();
    }
}
