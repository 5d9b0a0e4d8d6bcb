//! Full lists, read page by page from one node and another, while actions are filed and servers fail, beside the journal.

use std::collections::HashSet;
use std::mem::Discriminant;
use std::time::{Duration, Instant};

use interdict_model::journal::Kind;
use interdict_store::Store;
use interdict_testkit::history::listing::{Acknowledged, Count, Fault, Filings, Listing};
use interdict_testkit::power_loss::Random;

use super::rounds;
use super::world::{Engine, Over, World};
use super::writers::{AGAIN, Work, Writers};
use crate::http::{ACTIONS, Answer, Http};
use crate::program;

const WRITERS: usize = 4;
const READERS: u64 = 3;

/// What came of a round.
pub(super) struct Report {
    filed: usize,
    acknowledged: usize,
    listings: usize,
    pages: usize,
    counts: usize,
    failures: usize,
    /// What is wrong, the first of each kind: of what is lost, lists from before show what is not there any more, and lists
    /// from after lack what was acknowledged.
    pub(super) fault: Option<String>,
}

/// What a reader of lists saw.
#[derive(Default)]
struct Seen {
    listings: Vec<Listing>,
    counts: Vec<Count>,
    pages: usize,
}

/// Lets clients file and list on a world that fails, and compares what they saw with the journal.
pub(super) async fn run(world: World, duration: Duration) -> (World, Report) {
    let (nodes, over, begun) = (world.clients(), Over::default(), Instant::now());
    let writers = Writers::start(&nodes, Work { changes: 0, writers: WRITERS, begun }, &over);
    let readers: Vec<_> = (0..READERS)
        .map(|seed| {
            let reader = Reader::new(nodes.clone(), seed, begun);
            tokio::spawn(reader.read(over.clone()))
        })
        .collect();
    let (world, failures) = world.fail_for(duration, &over).await;
    let written = writers.end().await;
    let acknowledged: Vec<_> =
        written.changes.iter().map(|it| Acknowledged { id: it.action, at: it.at }).collect();
    let mut seen = Seen::default();
    for reader in readers {
        let of_one = reader.await.unwrap();
        seen.listings.extend(of_one.listings);
        seen.counts.extend(of_one.counts);
        seen.pages += of_one.pages;
    }

    let filings = Filings::new(filed(&world).await, acknowledged.clone());
    let mut faults = Faults::default();
    seen.listings.iter().for_each(|it| faults.note(filings.fault_in(it)));
    seen.counts.iter().for_each(|it| faults.note(filings.fault_of(*it)));
    let (filed, sent) = (filings.count(), acknowledged.len() + written.uncertain);
    let more = || format!("{filed} actions are there of {sent} filings");
    faults.texts.extend((filed > sent).then(more).into_iter().chain(written.unexpected));
    // Nobody writes any more: every node says the same.
    for node in nodes {
        let mut reader = Reader::new(vec![node], 0, begun);
        for descending in [false, true] {
            let listing = reader.listing(descending).await;
            faults.note(filings.fault_in(&listing));
            let (listed, count) = (listing.ids.len(), reader.count().await.count);
            let differ = || format!("in a quiet moment {listed} are listed and {count} counted of {filed}");
            faults.texts.extend((listed != filed || count != filed).then(differ));
        }
    }
    let report = Report {
        filed,
        acknowledged: acknowledged.len(),
        listings: seen.listings.len(),
        pages: seen.pages,
        counts: seen.counts.len(),
        failures,
        fault: (!faults.texts.is_empty()).then(|| faults.texts.join("; ")),
    };
    (world, report)
}

/// What is wrong, in words.
#[derive(Default)]
struct Faults {
    kinds: HashSet<Discriminant<Fault>>,
    texts: Vec<String>,
}

impl Faults {
    /// Keeps the first of its kind.
    fn note(&mut self, fault: Option<Fault>) {
        if let Some(fault) = fault
            && self.kinds.insert(std::mem::discriminant(&fault))
        {
            self.texts.push(format!("{fault:?}"));
        }
    }
}

/// The actions in the order of the journal.
async fn filed(world: &World) -> Vec<uuid::Uuid> {
    let store = Store::open_read_only(&world.store()).await.unwrap();
    let journal = store.journal(world.scope(), 0, usize::MAX).await.unwrap();
    let is_filing = |kind: u8| kind == Kind::Created.number();
    journal.into_iter().filter(|entry| is_filing(entry.kind)).map(|entry| entry.subject).collect()
}

struct Reader {
    nodes: Vec<Http>,
    random: Random,
    begun: Instant,
    pages: usize,
}

impl Reader {
    fn new(nodes: Vec<Http>, seed: u64, begun: Instant) -> Self {
        Self { nodes, random: Random::new(seed), begun, pages: 0 }
    }

    /// Lists and counts until it is over.
    async fn read(mut self, over: Over) -> Seen {
        let mut seen = Seen::default();
        while !over.is_now() {
            let descending = self.random.below(2) == 0;
            seen.listings.push(self.listing(descending).await);
            seen.counts.push(self.count().await);
        }
        seen.pages = self.pages;
        seen
    }

    /// One full list, in pages of another size each time.
    async fn listing(&mut self, descending: bool) -> Listing {
        let size = 10 + self.random.below(300);
        let direction = if descending { "desc" } else { "asc" };
        let first = format!("{ACTIONS}?$select=id&$top={size}&$orderby=createdDateTime {direction}");
        let (begun, mut page) = self.get(&first).await;
        let mut ids = Vec::new();
        loop {
            let rows = page.body["value"].as_array().unwrap();
            ids.extend(rows.iter().map(|row| row["id"].as_str().unwrap().parse::<uuid::Uuid>().unwrap()));
            match page.body["@odata.nextLink"].as_str() {
                // The rest of the address is that of one node.
                Some(link) => {
                    let next = link.split_once("/v1.0").unwrap().1;
                    page = self.get(&format!("/v1.0{next}")).await.1;
                }
                None => return Listing { begun, descending, ids },
            }
        }
    }

    async fn count(&mut self) -> Count {
        let (begun, answer) = self.get(&format!("{ACTIONS}/$count")).await;
        Count { begun, count: usize::try_from(answer.body.as_u64().unwrap()).unwrap() }
    }

    /// Asks one node and another until one answers; when that request was sent.
    async fn get(&mut self, path: &str) -> (Duration, Answer) {
        loop {
            let node = usize::try_from(self.random.below(self.nodes.len() as u64)).unwrap();
            let begun = self.begun.elapsed();
            match self.nodes[node].call(reqwest::Method::GET, path, None).await {
                Ok(answer) if answer.status == 200 => {
                    self.pages += 1;
                    return (begun, answer);
                }
                Ok(answer) => assert_eq!(answer.status, 503, "{path}: {}", answer.body),
                Err(_) => {}
            }
            tokio::time::sleep(AGAIN).await;
        }
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
    let Report { filed, acknowledged, listings, pages, counts, failures, fault } = report;
    eprintln!(
        "{filed} actions, {acknowledged} acknowledged; {listings} lists and {counts} counts in {pages} requests; \
         {failures} failures, {} connections broken",
        world.broken_connections()
    );
    assert_eq!(fault, None);
    assert!(
        filed > 50 && listings > 10 && pages > listings + counts + 20 && failures > 1,
        "too little happened"
    );
    world.assert_verified();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_list_misses_and_repeats_nothing_while_its_server_is_killed() {
    check(Engine::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_list_misses_and_repeats_nothing_over_two_nodes_whose_database_goes() {
    check(Engine::Postgres).await;
}
