//! Each action is a register: clients create it, change it with and without `If-Match`, and read it, all at once; one
//! order of their requests explains every answer.

mod client;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use futures_util::future::join_all;
use interdict_testkit::history::linearizable::{beginning, is_linearizable, is_linearizable_too, violation};
use interdict_testkit::history::{Operation, Outcome, Recorder};
use interdict_testkit::power_loss::Random;

pub(super) use self::client::version;
use self::client::{Client, Key, places};
use super::rounds;
use super::world::{Engine, Over, World};
use crate::program;

const CLIENTS: u64 = 8;
/// Requests of the histories that both searches see: the one without a memory takes very long for more.
const SHARED: usize = 30;

/// What came of a round.
pub(super) struct Report {
    pub(super) requests: usize,
    pub(super) unknown: usize,
    pub(super) mismatches: usize,
    pub(super) actions: usize,
    pub(super) failures: usize,
    /// Histories that both searches saw, and those of them on which they do not agree.
    pub(super) shared: usize,
    pub(super) disputed: usize,
    /// Why the first history that has no order has none.
    pub(super) violation: Option<String>,
}

/// Lets clients work on a world that fails, and looks for an order.
pub(super) async fn run(world: World, duration: Duration) -> (World, Report) {
    let (recorder, places) = (Arc::new(Recorder::start()), places());
    let (over, nodes) = (Over::default(), world.clients());
    let clients: Vec<_> = (0..CLIENTS)
        .zip(nodes.iter().cycle())
        .map(|(number, http)| {
            let client = Client {
                http: http.clone(),
                random: Random::new(number),
                recorder: Arc::clone(&recorder),
                places: Arc::clone(&places),
            };
            tokio::spawn(client.work(over.clone()))
        })
        .collect();
    let (world, failures) = world.fail_for(duration, &over).await;
    join_all(clients).await.into_iter().for_each(Result::unwrap);
    let histories = Arc::into_inner(recorder).unwrap().into_histories();
    let report = tokio::task::spawn_blocking(move || report(&histories, failures)).await.unwrap();
    (world, report)
}

fn report(histories: &BTreeMap<Key, Vec<Operation>>, failures: usize) -> Report {
    let (mut shared, mut disputed) = (0, 0);
    for history in histories.values().step_by(3) {
        let beginning = beginning(history, SHARED);
        // Where there is no order, the search without a memory tries very many before it says so.
        if is_linearizable(&beginning) {
            shared += 1;
            disputed += usize::from(!is_linearizable_too(&beginning));
        }
    }
    let violation = histories.iter().find_map(|(key, history)| {
        violation(history).map(|violation| format!("action {key:?}: {violation}"))
    });
    let count = |outcome: Outcome| histories.values().flatten().filter(|it| it.outcome == outcome).count();
    Report {
        requests: histories.values().map(Vec::len).sum(),
        unknown: count(Outcome::Unknown),
        mismatches: count(Outcome::Mismatch),
        actions: histories.len(),
        failures,
        shared,
        disputed,
        violation,
    }
}

/// Rounds that must be well.
async fn check(engine: Engine) {
    for duration in rounds() {
        check_round(engine.start(&program()).await, duration).await;
    }
}

async fn check_round(world: World, duration: Duration) {
    let begun = Instant::now();
    let (world, report) = run(world, duration).await;
    eprintln!(
        "{} requests about {} actions, {} of unknown outcome, {} met another version; {} failures, {} connections \
         broken; {} histories seen by both searches; {:?}",
        report.requests,
        report.actions,
        report.unknown,
        report.mismatches,
        report.failures,
        world.broken_connections(),
        report.shared,
        begun.elapsed()
    );
    if let Some(violation) = report.violation {
        panic!("{violation}");
    }
    assert_eq!(report.disputed, 0, "the searches do not agree");
    assert!(report.requests > 300, "only {} requests: the load was none", report.requests);
    assert!(report.unknown > 0 && report.mismatches > 20 && report.failures > 1, "too little happened");
    world.assert_verified();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_action_is_a_register_while_its_server_is_killed() {
    check(Engine::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_action_is_a_register_of_two_nodes_while_their_database_goes() {
    check(Engine::Postgres).await;
}
