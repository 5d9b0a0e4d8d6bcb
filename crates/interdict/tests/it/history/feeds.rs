//! Readers of the journal by cursor, while many write on several nodes and servers fail.

use std::time::{Duration, Instant};

use futures_util::future::join_all;
use interdict_model::TenantScope;
use interdict_model::journal::Entry;
use interdict_store::{Store, StoreError, StoreOptions};
use interdict_testkit::history::feed::{Acknowledged, fault_in};
use interdict_testkit::power_loss::Random;

use super::rounds;
use super::world::{Engine, Over, World};
use super::writers::{AGAIN, Work, Writers};
use crate::program;

const WRITERS: usize = 8;
const READERS: u64 = 3;
/// Entries that a reader asks for, at the most.
const MOST: u64 = 60;

/// What came of a round.
pub(super) struct Report {
    entries: usize,
    acknowledged: usize,
    /// How often a reader began anew from its last position.
    resumed: usize,
    failures: usize,
    /// The first fault of a reader.
    pub(super) fault: Option<String>,
}

/// Lets clients write on a world that fails while readers follow, and looks at what those got.
pub(super) async fn run(world: World, duration: Duration) -> (World, Report) {
    let (nodes, over, all_written) = (world.clients(), Over::default(), Over::default());
    let work = Work { changes: 4, writers: WRITERS, begun: Instant::now() };
    let writers = Writers::start(&nodes, work, &over);
    let readers: Vec<_> = (0..READERS)
        .map(|seed| {
            let reader = Reader {
                options: world.store(),
                scope: world.scope(),
                random: Random::new(seed),
                store: None,
                read: Vec::new(),
                resumed: 0,
            };
            tokio::spawn(reader.follow(all_written.clone()))
        })
        .collect();
    let (world, failures) = world.fail_for(duration, &over).await;
    let written = writers.end().await;
    let acknowledged: Vec<_> =
        written.changes.iter().map(|it| Acknowledged { sequence: it.sequence, subject: it.action }).collect();
    all_written.set();
    let readers: Vec<_> = join_all(readers).await.into_iter().map(Result::unwrap).collect();
    let store = Store::open_read_only(&world.store()).await.unwrap();
    let journal = store.journal(world.scope(), 0, usize::MAX).await.unwrap();
    let fault = readers.iter().find_map(|reader| {
        let fault = fault_in(&reader.read, &acknowledged).map(|it| format!("{it:?}"));
        let differs = || "a reader got something else than the journal is in the end".to_owned();
        fault.or_else(|| (reader.read != journal).then(differs))
    });
    let fault = fault.or(written.unexpected);
    let report = Report {
        entries: journal.len(),
        acknowledged: acknowledged.len(),
        resumed: readers.iter().map(|reader| reader.resumed).sum(),
        failures,
        fault,
    };
    (world, report)
}

/// A reader keeps its position: that of the last entry that it has dealt with.
struct Reader {
    options: StoreOptions,
    scope: TenantScope,
    random: Random,
    store: Option<Store>,
    read: Vec<Entry>,
    resumed: usize,
}

impl Reader {
    /// Reads until all was written and nothing follows.
    async fn follow(mut self, all_written: Over) -> Self {
        loop {
            // Looked at before the question: what was written by then is in the answer.
            let is_last = all_written.is_now();
            match self.ask().await {
                Ok(entries) if entries.is_empty() => {
                    if is_last {
                        return self;
                    }
                    tokio::time::sleep(AGAIN).await;
                }
                Ok(mut entries) => {
                    // It may fall while it deals with them, and comes back with the position that it had reached.
                    if self.random.below(8) == 0 {
                        let reached = self.random.below(entries.len() as u64);
                        entries.truncate(usize::try_from(reached).unwrap());
                        self.store = None;
                    }
                    self.read.extend(entries);
                }
                Err(_) => {
                    self.store = None;
                    tokio::time::sleep(AGAIN).await;
                }
            }
        }
    }

    async fn ask(&mut self) -> Result<Vec<Entry>, StoreError> {
        let store = match self.store.take() {
            Some(store) => store,
            None => {
                self.resumed += 1;
                Store::open_read_only(&self.options).await?
            }
        };
        let after = self.read.last().map_or(0, |entry| entry.sequence);
        let limit = usize::try_from(1 + self.random.below(MOST)).unwrap();
        let entries = store.journal(self.scope, after, limit).await?;
        self.store = Some(store);
        Ok(entries)
    }
}

/// Rounds that must be well.
async fn check(engine: Engine) {
    for duration in rounds() {
        check_round(engine.start(&program()).await, duration).await;
    }
}

async fn check_round(world: World, duration: Duration) {
    let (world, report) = run(world, duration).await;
    let Report { entries, acknowledged, resumed, failures, fault } = report;
    eprintln!(
        "{entries} entries, {acknowledged} acknowledged; resumed {resumed} times; {failures} failures, {} connections \
         broken",
        world.broken_connections()
    );
    assert_eq!(fault, None);
    assert!(acknowledged > 300 && resumed > 20 && failures > 1, "too little happened");
    world.assert_verified();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_reader_that_resumes_gets_every_change_once_and_in_order_while_the_server_is_killed() {
    check(Engine::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_reader_that_resumes_gets_every_change_once_and_in_order_from_two_nodes_whose_database_goes() {
    check(Engine::Postgres).await;
}
