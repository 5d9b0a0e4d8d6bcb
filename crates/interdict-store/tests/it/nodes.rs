//! Several nodes over one PostgreSQL, as the store knows them: what one commits, the others see and hear of.

use std::sync::Arc;
use std::time::{Duration, Instant};

use interdict_model::Timestamp;
use interdict_model::clock::Clock;
use interdict_store::{PostgresOptions, Store, StoreOptions};
use interdict_testkit::store::{TestStore, postgres_options};

use crate::support::{BIRTH, action_id, batch, create, report, scope};

/// The machine's clock: the database compares its own with it.
#[derive(Debug)]
struct Machine;

impl Clock for Machine {
    fn now(&self) -> Timestamp {
        let since = std::time::SystemTime::UNIX_EPOCH.elapsed().unwrap();
        Timestamp::from_ticks(i64::try_from(since.as_nanos() / 100).unwrap())
    }
}

/// A clock that is off by so many seconds.
#[derive(Debug)]
struct Off(i64);

impl Clock for Off {
    fn now(&self) -> Timestamp {
        Machine.now().plus_seconds(self.0)
    }
}

fn watched(store: &Store, clock: impl Clock + 'static) {
    let store = store.clone();
    tokio::spawn(async move { store.watch(&clock).await });
}

/// How long after a commit of one node the other hears of it, several times over.
async fn delays(options: &PostgresOptions, home: &TestStore) -> Vec<Duration> {
    let (first, mut writers) = Store::open(&home.options(), BIRTH).await.unwrap();
    let (second, _writers) = Store::open(&StoreOptions::Postgres(options.clone()), BIRTH).await.unwrap();
    watched(&first, Machine);
    watched(&second, Machine);
    let mut changes = second.changes();
    batch(&mut writers[0], &[create(1, 1, None)]).await;
    let mut delays = Vec::new();
    for code in 1..=6 {
        // After the second's own look, so that not it is heard.
        changes.changed().await.unwrap();
        tokio::time::sleep(Duration::from_millis(50)).await;
        changes.borrow_and_update();
        let begun = Instant::now();
        batch(&mut writers[0], &[report(1, 1, code)]).await;
        changes.changed().await.unwrap();
        delays.push(begun.elapsed());
    }
    delays
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_node_hears_of_another_ones_commit_at_once() {
    let home = TestStore::postgres();
    let StoreOptions::Postgres(options) = home.options() else { unreachable!() };
    let delays = delays(&options, &home).await;
    // A look comes every second: hearing of it within a third each time is no accident.
    assert!(delays.iter().all(|delay| *delay < Duration::from_millis(300)), "{delays:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn behind_a_pooler_a_node_hears_of_it_within_its_own_looks() {
    let home = TestStore::postgres();
    let mut options = postgres_options(home.database().unwrap().url());
    options.pooler = true;
    let delays = delays(&options, &home).await;
    assert!(delays.iter().all(|delay| *delay < Duration::from_millis(2_500)), "{delays:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_one_node_commits_the_other_reads() {
    let home = TestStore::postgres();
    let (first, mut writers) = Store::open(&home.options(), BIRTH).await.unwrap();
    let (second, mut others) = Store::open(&home.options(), BIRTH).await.unwrap();
    batch(&mut writers[0], &[create(1, 1, None)]).await;
    batch(&mut others[0], &[create(1, 2, None), report(1, 1, 5)]).await;
    batch(&mut writers[0], &[report(1, 2, 6)]).await;
    for store in [&first, &second] {
        let versions = [1, 2].map(|id| store.action(scope(1), action_id(id)));
        let [one, two] = versions;
        assert_eq!(one.await.unwrap().unwrap().version.sequence, 3);
        assert_eq!(two.await.unwrap().unwrap().version.sequence, 4);
        assert_eq!(store.verify().await.unwrap().fault, None);
    }
    assert_eq!(first.epoch(), second.epoch());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tenants_that_two_nodes_make_at_once_are_made_once() {
    let home = TestStore::postgres();
    let (store, mut writers) = Store::open(&home.options(), BIRTH).await.unwrap();
    let (_other, mut others) = Store::open(&home.options(), BIRTH).await.unwrap();
    let (mut here, mut there) = (writers.remove(0), others.remove(0));
    for tenant in 1..=30 {
        let make = async |writer: &mut interdict_store::Writer, id| loop {
            match crate::support::try_batch_at(writer, 1, &[create(tenant, id, None)]).await {
                Err(interdict_store::StoreError::Conflict(_)) => {}
                outcome => break outcome.unwrap(),
            }
        };
        tokio::join!(make(&mut here, 1), make(&mut there, 2));
    }
    let report = store.verify().await.unwrap();
    assert_eq!((report.tenants, report.entries, report.actions, report.fault), (30, 60, 60, None));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_node_whose_clock_is_off_says_so() {
    let home = TestStore::postgres();
    let (store, _writers) = Store::open(&home.options(), BIRTH).await.unwrap();
    let store = Arc::new(store);
    watched(&store, Off(60));
    let begun = Instant::now();
    let cause = loop {
        match store.stopped() {
            Some(cause) => break cause,
            None => assert!(begun.elapsed() < Duration::from_secs(10), "nothing is said of the clock"),
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    };
    assert!(cause.contains("clock"), "{cause}");
}
