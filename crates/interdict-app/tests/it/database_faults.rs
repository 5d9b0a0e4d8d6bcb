//! What the network does between a node and its PostgreSQL: nothing that was acknowledged is lost, nothing happens twice,
//! and nothing that a caller was told did not happen has happened.
#![allow(clippy::print_stderr, reason = "figures of a long test")]

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use interdict_app::{Error, Service};
use interdict_cluster::{Cluster, Options};
use interdict_model::body::{ActionBody, Field};
use interdict_model::{ActionId, edm};
use interdict_odata::bind::bind_query;
use interdict_testkit::fault_proxy::{CommitFault, FaultProxy};
use interdict_testkit::store::{TestStore, postgres_options, psql};

use crate::support::{Fixture, caller, filing, scope};

/// A service whose connections go through a proxy.
struct Bench {
    proxy: FaultProxy,
    fixture: Fixture,
}

impl Bench {
    async fn new() -> Self {
        let home = TestStore::postgres();
        let proxy = FaultProxy::start(home.server()).await.unwrap();
        let options = home.through(proxy.address()).into();
        let fixture = Fixture::on(home, &options, 7).await;
        // The tenant and every connection are there before anything fails.
        let bench = Self { proxy, fixture };
        bench.file("first").await.unwrap();
        bench
    }

    async fn file(&self, reason: &str) -> Result<ActionId, Error> {
        file(&self.fixture.service, 1, reason).await
    }

    /// The reasons of the actions that there are, seen past the proxy.
    fn there(&self) -> BTreeSet<String> {
        let rows = self.fixture.home().database().unwrap().run("SELECT action_reason FROM action").unwrap();
        let there: Vec<_> = rows.lines().map(str::to_owned).collect();
        let once: BTreeSet<_> = there.iter().cloned().collect();
        assert_eq!(once.len(), there.len(), "an action is there twice: {there:?}");
        once
    }
}

/// Files an action without a `clientContext`, so that nothing but the journal tells a repetition.
async fn file(service: &Service, tenant: u128, reason: &str) -> Result<ActionId, Error> {
    let body = ActionBody { action_reason: Field::Value(reason.to_owned()), ..filing(None) };
    service.create_action(&caller(tenant), body, false).await.map(|filed| filed.id)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_commit_whose_answer_is_lost_is_answered_as_it_ended() {
    let bench = Bench::new().await;
    for (fault, reason) in [(CommitFault::CutAfter, "after"), (CommitFault::CutBefore, "before")] {
        bench.proxy.fail_commit(fault);
        bench.file(reason).await.unwrap();
    }
    assert_eq!(bench.proxy.fired(), 2);
    assert_eq!(bench.there(), ["after", "before", "first"].map(str::to_owned).into());
    assert_eq!(bench.fixture.store.verify().await.unwrap().fault, None);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_commit_that_is_never_answered_is_asked_for_on_another_connection() {
    let bench = Bench::new().await;
    bench.proxy.fail_commit(CommitFault::SilentAfter);
    let begun = Instant::now();
    bench.file("silent").await.unwrap();
    assert!(begun.elapsed() < Duration::from_secs(12), "{:?}", begun.elapsed());
    assert_eq!(bench.proxy.fired(), 1);
    assert!(bench.there().contains("silent"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_commit_of_which_nothing_can_be_learnt_is_said_to_be_unknown() {
    let bench = Bench::new().await;
    bench.proxy.fail_commit(CommitFault::GoneAfter);
    let outcome = bench.file("gone").await;
    assert!(matches!(outcome, Err(Error::OutcomeUnknown)), "{outcome:?}");
    let refused = bench.file("refused").await;
    assert!(matches!(refused, Err(Error::Unavailable(_))), "{refused:?}");
    bench.proxy.come_up();
    bench.file("later").await.unwrap();
    assert_eq!(bench.there(), ["first", "gone", "later"].map(str::to_owned).into());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn connections_cut_anywhere_under_load_lose_nothing_and_repeat_nothing() {
    let bench = Bench::new().await;
    let (mut acknowledged, mut unknown, mut refused) = (BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
    for round in 0..40_usize {
        match round % 4 {
            0 => bench.proxy.fail_commit(CommitFault::CutAfter),
            1 => bench.proxy.fail_commit(CommitFault::CutBefore),
            // Lands in another place of the flights each time.
            _ => bench.proxy.cut_after(3_000 + round * 731 % 24_000),
        }
        let filings: Vec<_> = (0..24)
            .map(|number| {
                let service = bench.fixture.service.clone();
                tokio::spawn(async move {
                    let reason = format!("{round}-{number}");
                    let filed = file(&service, number % 2 + 1, &reason).await;
                    (reason, filed)
                })
            })
            .collect();
        for filing in filings {
            let (reason, outcome) = filing.await.unwrap();
            match outcome {
                Ok(_) => acknowledged.insert(reason),
                Err(Error::OutcomeUnknown) => unknown.insert(reason),
                Err(Error::Busy | Error::Unavailable(_)) => refused.insert(reason),
                Err(other) => panic!("{other:?}"),
            };
        }
    }
    bench.proxy.come_up();
    let there = bench.there();
    let lost: Vec<_> = acknowledged.difference(&there).collect();
    assert!(lost.is_empty(), "acknowledged but lost: {lost:?}");
    let happened: Vec<_> = refused.intersection(&there).collect();
    assert!(happened.is_empty(), "refused but there: {happened:?}");
    assert_eq!(bench.fixture.store.verify().await.unwrap().fault, None);
    eprintln!(
        "{} cuts: {} acknowledged, {} refused, {} unknown",
        bench.proxy.fired(),
        acknowledged.len(),
        refused.len(),
        unknown.len()
    );
    assert!(bench.proxy.fired() > 20 && acknowledged.len() > 400, "{} cuts", bench.proxy.fired());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_database_that_falls_silent_hangs_nobody_and_is_used_again_when_it_speaks() {
    let bench = Bench::new().await;
    let filed = bench.file("before").await.unwrap();
    bench.proxy.fall_silent();
    let begun = Instant::now();
    let service = &bench.fixture.service;
    let who = caller(1);
    let query = bind_query("$top=5", &edm::SECURITY_ACTION).unwrap();
    let (written, read, listed) = tokio::join!(
        bench.file("silent"),
        service.get_action(&who, filed),
        service.list_actions(&who, &query),
    );
    assert!(matches!(written, Err(Error::Busy | Error::Unavailable(_))), "{written:?}");
    assert!(matches!(read, Err(Error::Busy | Error::Unavailable(_))), "{read:?}");
    assert!(listed.is_err(), "{listed:?}");
    assert!(begun.elapsed() < Duration::from_secs(12), "{:?}", begun.elapsed());
    bench.proxy.come_up();
    let begun = Instant::now();
    while bench.file("again").await.is_err() {
        assert!(begun.elapsed() < Duration::from_secs(15), "it is not used again");
    }
    bench.fixture.store.action(scope(1), filed).await.unwrap().unwrap();
    assert!(!bench.there().contains("silent"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_head_that_another_session_holds_delays_its_tenant_to_a_deadline_and_no_longer() {
    let bench = Bench::new().await;
    let database = bench.fixture.home().database().unwrap().url().to_owned();
    let holding = tokio::task::spawn_blocking(move || {
        psql(&database, "BEGIN; SELECT tenant FROM head FOR UPDATE; SELECT pg_sleep(8); COMMIT")
    });
    tokio::time::sleep(Duration::from_millis(500)).await;
    let begun = Instant::now();
    let outcome = bench.file("held").await;
    assert!(matches!(outcome, Err(Error::Busy)), "{outcome:?}");
    assert!(begun.elapsed() < Duration::from_secs(7), "{:?}", begun.elapsed());
    holding.await.unwrap().unwrap();
    bench.file("free").await.unwrap();
    assert_eq!(bench.there(), ["first", "free"].map(str::to_owned).into());
}

/// Asks until the answer is `wanted`.
async fn until(url: &str, sql: &str, wanted: &str) {
    let begun = Instant::now();
    while psql(url, sql).unwrap().trim() != wanted {
        assert!(begun.elapsed() < Duration::from_secs(10), "{sql} is not {wanted}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_commit_that_a_standby_did_not_confirm_is_answered_once_it_is_confirmed() {
    let cluster = Cluster::start(Options::default()).unwrap();
    let database = cluster.database("store").unwrap();
    let (url, options) = (database.url().to_owned(), postgres_options(database.url()));
    let fixture = Fixture::on(TestStore::sqlite(), &options.into(), 7).await;
    file(&fixture.service, 1, "before").await.unwrap();

    let standbys = |names: &str| {
        psql(&url, &format!("ALTER SYSTEM SET synchronous_standby_names = '{names}'")).unwrap();
        psql(&url, "SELECT pg_reload_conf()").unwrap();
    };
    standbys("nobody");
    until(&url, "SHOW synchronous_standby_names", "nobody").await;
    let service = fixture.service.clone();
    let filing = tokio::spawn(async move { file(&service, 1, "waits").await });
    let waiting = "SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'SyncRep'";
    until(&url, waiting, "1").await;
    // It is committed here then, and the server says so, with a warning that no standby confirmed it.
    psql(&url, "SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE wait_event = 'SyncRep'").unwrap();
    // Nobody is told before a commit of our own is confirmed as well.
    until(&url, waiting, "1").await;
    assert!(!filing.is_finished());
    standbys("");
    filing.await.unwrap().unwrap();
    let reasons = database.run("SELECT action_reason FROM action ORDER BY created").unwrap();
    assert_eq!(reasons.lines().collect::<Vec<_>>(), ["before", "waits"]);
    fixture.service.stop().await;
}
