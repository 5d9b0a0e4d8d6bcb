//! Power is lost at any moment: what was acknowledged is there afterwards, and nothing by halves.
//!
//! Clients write until the power goes; the service is stopped and started again meanwhile, so that losses meet
//! founding, commits, checkpoints, the emptying of the log and closing. `SEED=n` repeats one seed.
#![allow(clippy::print_stderr, reason = "figures of a long test")]

use std::ops::Range;
use std::sync::Arc;

use interdict_app::{Error, Service};
use interdict_model::action::Status;
use interdict_model::version::Precondition;
use interdict_testkit::power_loss::{Fault, Ignored, Random};

use crate::losses::{Bench, Finding, TENANTS, becomes_unready};
use crate::support::{becoming, caller, filing};

/// Clients that write at once.
const CLIENTS: u64 = 4;
/// Pages of log that call for a checkpoint: few, so that a short run has several.
const CHECKPOINT_PAGES: u64 = 100;

/// What happened under one seed.
struct Outcome {
    acknowledged: usize,
    database_syncs: u64,
    sessions: u32,
    verdict: Result<(), Finding>,
}

fn seeds(range: Range<u64>) -> Range<u64> {
    match std::env::var("SEED") {
        Ok(seed) => {
            let seed = seed.parse().expect("SEED is a number");
            seed..seed + 1
        }
        Err(_) => range,
    }
}

/// Writes until the power goes, which it does early in a store's life under every eighth seed.
async fn run(seed: u64, ignored: Option<Ignored>) -> Outcome {
    let mut random = Random::new(seed);
    let bench = Bench::new(seed, CHECKPOINT_PAGES);
    let early = seed.is_multiple_of(8) && ignored.is_none();
    bench.disk.lose_power_at(1 + if early { random.below(120) } else { 200 + random.below(4_000) });
    let mut sessions = 0;
    while !bench.disk.is_dead() {
        let service = match bench.start().await {
            Ok(service) => service,
            Err(error) => {
                assert!(bench.disk.is_dead(), "seed {seed}: the store does not open: {error}");
                break;
            }
        };
        if let Some(ignored) = ignored {
            bench.disk.ignore_syncs(ignored);
        }
        sessions += 1;
        write_at_once(&service, &bench, &mut random).await;
        service.stop().await;
    }
    bench.disk.settle().unwrap_or_else(|error| panic!("seed {seed}: {error}"));
    Outcome {
        acknowledged: bench.acknowledged(),
        database_syncs: bench.disk.database_syncs(),
        sessions,
        verdict: bench.examine().await,
    }
}

async fn write_at_once(service: &Arc<Service>, bench: &Bench, random: &mut Random) {
    let clients: Vec<_> = (0..CLIENTS)
        .map(|number| {
            tokio::spawn(write(Arc::clone(service), bench.clone(), Random::new(random.draw() ^ number)))
        })
        .collect();
    for client in clients {
        client.await.unwrap();
    }
}

/// One client: files actions and reports on them until the power goes, or for as long as it likes.
async fn write(service: Arc<Service>, bench: Bench, mut random: Random) {
    let mut own = Vec::new();
    for _ in 0..5 + random.below(60) {
        let tenant = u128::from(random.below(u64::try_from(TENANTS).unwrap()));
        let outcome = match random.below(3) {
            0 if !own.is_empty() => {
                let (tenant, id) = own.swap_remove(0);
                let body = becoming(Status::Running);
                let updated =
                    service.update_action(&caller(tenant), id, body, Precondition::None, false).await;
                updated.map(|written| (tenant, written))
            }
            _ => {
                let filed = service.create_action(&caller(tenant), filing(None), false).await;
                filed.map(|written| {
                    own.push((tenant, written.id));
                    (tenant, written)
                })
            }
        };
        match outcome {
            Ok((tenant, written)) => bench.told(tenant, written),
            Err(error) => {
                let is_sound = !bench.disk.is_dead() && bench.disk.fired().is_none();
                assert!(!is_sound, "a write failed on a sound disk: {error:?}");
                return;
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_loss_of_power_at_any_moment_loses_nothing_that_was_acknowledged() {
    let (mut acknowledged, mut syncs, mut sessions) = (0, 0, 0);
    for seed in seeds(0..100) {
        let outcome = run(seed, None).await;
        assert_eq!(outcome.verdict, Ok(()), "seed {seed}");
        acknowledged += outcome.acknowledged;
        syncs += outcome.database_syncs;
        sessions += outcome.sessions;
    }
    eprintln!(
        "{acknowledged} actions acknowledged in {sessions} sessions, {syncs} syncs of the database file"
    );
    if std::env::var("SEED").is_err() {
        assert!(acknowledged > 3_000, "too little was written to mean anything: {acknowledged}");
        assert!(syncs > 400, "too few checkpoints: {syncs}");
        assert!(sessions > 120, "too few restarts: {sessions}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_failed_sync_of_the_database_file_stops_writing_and_loses_nothing() {
    let mut stopped = 0;
    for seed in seeds(0..40) {
        let mut random = Random::new(seed);
        let bench = Bench::new(seed, CHECKPOINT_PAGES / 4);
        let service = bench.start().await.unwrap();
        bench.disk.fail(bench.disk.calls() + random.below(2_000), Fault::DatabaseSync);
        write_at_once(&service, &bench, &mut random).await;
        if bench.disk.fired().is_some() {
            stopped += 1;
            assert!(
                !becomes_unready(&service).await.is_empty(),
                "seed {seed}: writes are accepted after a failed sync"
            );
            let late = service.create_action(&caller(1), filing(None), false).await;
            assert!(matches!(late, Err(Error::Unavailable(_))), "seed {seed}: {late:?}");
        }
        service.stop().await;
        drop(service);
        bench.disk.settle().unwrap();
        assert_eq!(bench.examine().await, Ok(()), "seed {seed}");
    }
    eprintln!("a failed sync stopped writing under {stopped} of 40 seeds");
    assert!(stopped > 0 || std::env::var("SEED").is_ok());
}

/// Under how many seeds a disk that lies about these syncs loses an acknowledged write, or leaves a broken store.
async fn losses(ignored: Ignored) -> (usize, usize) {
    let (mut lost, mut broken) = (0, 0);
    for seed in seeds(0..20) {
        match run(seed, Some(ignored)).await.verdict {
            Ok(()) => {}
            Err(Finding::Lost(_)) => lost += 1,
            Err(Finding::Broken(_)) => broken += 1,
        }
    }
    eprintln!(
        "{ignored:?}: acknowledged writes lost under {lost} of 20 seeds, the store broken under {broken}"
    );
    (lost, broken)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_same_test_finds_losses_where_nothing_is_synced() {
    let (lost, _) = losses(Ignored::All).await;
    assert!(lost > 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_same_test_finds_losses_where_checkpoints_are_not_synced() {
    let (lost, broken) = losses(Ignored::OfDatabase).await;
    assert!(lost + broken > 0);
}
