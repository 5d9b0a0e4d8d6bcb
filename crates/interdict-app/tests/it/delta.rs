//! Changes since a token: a copy that follows them is what the list says, whatever happens meanwhile.

mod tokens;

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use interdict_app::{Change, DeltaPage, Error, Onward, Service};
use interdict_model::action::Status;
use interdict_model::body::{ActionBody, Field};
use interdict_model::version::Precondition;
use interdict_model::{ActionId, Permission, edm};
use interdict_odata::BoundQuery;
use interdict_odata::bind::bind_query;
use interdict_store::Store;
use interdict_testkit::store::on_postgres;

use crate::support::{Fixture, becoming, caller, caller_with, filing};

const RUNNING: &str = "$filter=status%20eq%20'Running'";
const RUNNING_BY_TWO: &str = "$top=2&$filter=status%20eq%20'Running'";

fn query(text: &str) -> BoundQuery {
    bind_query(text, &edm::SECURITY_ACTION).unwrap()
}

/// The same query with the token that a page gave.
fn onward(text: &str, onward: Onward) -> BoundQuery {
    match onward {
        Onward::Next(token) => BoundQuery { skip_token: Some(token), ..query(text) },
        Onward::Delta(token) => BoundQuery { delta_token: Some(token), ..query(text) },
    }
}

async fn page(service: &Service, query: &BoundQuery) -> DeltaPage {
    service.delta_actions(&caller(1), query).await.unwrap()
}

/// What a client keeps that follows the changes of one query.
struct Copy {
    text: &'static str,
    rows: HashMap<ActionId, String>,
    next: BoundQuery,
    pages: usize,
}

impl Copy {
    fn of(text: &'static str) -> Self {
        Self { text, rows: HashMap::new(), next: query(text), pages: 0 }
    }

    /// Takes one page; whether its round is over.
    async fn step(&mut self, service: &Service) -> bool {
        let page = page(service, &self.next).await;
        self.pages += 1;
        let over = matches!(page.onward, Onward::Delta(_));
        assert!(over || !page.changes.is_empty(), "an empty page that goes on");
        for change in page.changes {
            match change {
                Change::Present(action) => {
                    let document = String::from_utf8(action.document.to_vec()).unwrap();
                    self.rows.insert(action.id, document);
                }
                Change::Deleted(id) | Change::Unselected(id) => drop(self.rows.remove(&id)),
            }
        }
        self.next = onward(self.text, page.onward);
        over
    }

    async fn round(&mut self, service: &Service) {
        while !self.step(service).await {}
    }
}

/// What a list says of the same query.
async fn listed(service: &Service, text: &str) -> HashMap<ActionId, String> {
    let (mut rows, mut next) = (HashMap::new(), query(text));
    loop {
        let page = service.list_actions(&caller(1), &next).await.unwrap();
        let document = |document: &[u8]| String::from_utf8(document.to_vec()).unwrap();
        rows.extend(page.actions.into_iter().map(|action| (action.id, document(&action.document))));
        let Some(token) = page.next else { return rows };
        next = BoundQuery { skip_token: Some(token), ..query(text) };
    }
}

async fn file(service: &Service) -> ActionId {
    service.create_action(&caller(1), filing(None), false).await.unwrap().id
}

async fn update(service: &Service, id: ActionId, body: ActionBody) -> Result<(), Error> {
    service.update_action(&caller(1), id, body, Precondition::None, false).await.map(drop)
}

async fn cancel(service: &Service, id: ActionId) -> Result<(), Error> {
    service.cancel_action(&caller(1), id, Precondition::None, None).await
}

async fn delete(service: &Service, id: ActionId) -> Result<(), Error> {
    service.delete_action(&caller(1), id, Precondition::None).await
}

/// Files an action again under an id that was deleted.
async fn file_again(service: &Service, id: ActionId) -> Result<(), Error> {
    let migrator = caller_with(1, &[Permission::ActionsReadWrite, Permission::ActionsProvenance]);
    let body = ActionBody { id: Field::Value(id.to_string()), ..filing(None) };
    service.create_action(&migrator, body, false).await.map(drop)
}

fn reason(text: &str) -> ActionBody {
    ActionBody { action_reason: Field::Value(text.to_owned()), ..ActionBody::default() }
}

fn shown(page: &DeltaPage) -> Vec<(char, ActionId)> {
    let shown = |change: &Change| match change {
        Change::Present(action) => ('+', action.id),
        Change::Deleted(id) => ('-', *id),
        Change::Unselected(id) => ('~', *id),
    };
    page.changes.iter().map(shown).collect()
}

#[tokio::test]
async fn each_action_is_told_of_once_as_it_is_now() {
    let fixture = Fixture::new().await;
    let service = &fixture.service;
    let first = page(service, &query("")).await;
    assert!(first.changes.is_empty() && !first.is_round);
    let mut ids = Vec::new();
    for _ in 0..5 {
        ids.push(file(service).await);
    }
    for status in [Status::Running, Status::Completed] {
        update(service, ids[1], becoming(status)).await.unwrap();
    }
    cancel(service, ids[0]).await.unwrap();
    delete(service, ids[1]).await.unwrap();
    cancel(service, ids[2]).await.unwrap();
    delete(service, ids[2]).await.unwrap();
    file_again(service, ids[2]).await.unwrap();
    let second = page(service, &onward("", first.onward)).await;
    assert!(second.is_round);
    // In the order of their last entries.
    let expected = [('+', ids[3]), ('+', ids[4]), ('+', ids[0]), ('-', ids[1]), ('+', ids[2])];
    assert_eq!(shown(&second), expected);
    let Change::Present(action) = &second.changes[2] else { panic!("{second:?}") };
    let stored = service.get_action(&caller(1), ids[0]).await.unwrap();
    assert_eq!((action.version, &action.document), (stored.version, &stored.document));

    let third = page(service, &onward("", second.onward)).await;
    assert!(third.changes.is_empty() && matches!(third.onward, Onward::Delta(_)));
    // A token can be used again: an answer may have been lost.
    update(service, ids[4], reason("again")).await.unwrap();
    for _ in 0..2 {
        let again = page(service, &onward("", third.onward.clone())).await;
        assert_eq!(shown(&again), [('+', ids[4])]);
    }
}

#[tokio::test]
async fn what_a_filter_no_longer_selects_is_removed_from_the_copy() {
    let fixture = Fixture::new().await;
    let service = &fixture.service;
    let (a, b) = (file(service).await, file(service).await);
    update(service, a, becoming(Status::Running)).await.unwrap();
    let first = page(service, &query(RUNNING)).await;
    assert_eq!(shown(&first), [('+', a)]);
    update(service, a, becoming(Status::Completed)).await.unwrap();
    update(service, b, becoming(Status::Running)).await.unwrap();
    let second = page(service, &onward(RUNNING, first.onward)).await;
    assert_eq!(shown(&second), [('~', a), ('+', b)]);
}

#[tokio::test]
async fn now_is_when_the_first_call_was() {
    let text = "$filter=createdDateTime%20gt%20now()";
    let fixture = Fixture::new().await;
    file(&fixture.service).await;
    let first = page(&fixture.service, &query(text)).await;
    assert!(first.changes.is_empty());
    fixture.clock.advance(60);
    let later = file(&fixture.service).await;
    fixture.clock.advance(60);
    let second = page(&fixture.service, &onward(text, first.onward)).await;
    assert_eq!(shown(&second), [('+', later)]);
}

#[tokio::test]
async fn what_changes_while_pages_are_read_is_in_the_copy_in_the_end() {
    let fixture = Fixture::new().await;
    let service = &fixture.service;
    let mut ids = Vec::new();
    for _ in 0..9 {
        ids.push(file(service).await);
    }
    let mut copy = Copy::of("$top=2");
    assert!(!copy.step(service).await);
    // One that was told of, one that was not, a new one, and one that goes before it is told of.
    update(service, ids[8], reason("told")).await.unwrap();
    update(service, ids[0], reason("not told")).await.unwrap();
    file(service).await;
    cancel(service, ids[1]).await.unwrap();
    delete(service, ids[1]).await.unwrap();
    copy.round(service).await;
    assert_eq!(copy.rows.len(), 8, "the new one comes with the first round");
    copy.round(service).await;
    assert_eq!(copy.rows, listed(service, "").await);

    // The same within a round of changes.
    for id in &ids[2..8] {
        update(service, *id, reason("once")).await.unwrap();
    }
    assert!(!copy.step(service).await);
    for id in [ids[2], ids[7]] {
        update(service, id, reason("twice")).await.unwrap();
    }
    cancel(service, ids[6]).await.unwrap();
    delete(service, ids[6]).await.unwrap();
    copy.round(service).await;
    copy.round(service).await;
    assert_eq!(copy.rows, listed(service, "").await);
}

/// Changes what it draws until it is told to stop; numbers from `seed` on, the same each time.
async fn disturb(service: Arc<Service>, seed: u64, stop: Arc<AtomicBool>) -> usize {
    let (mut ids, mut gone, mut done, mut state) = (Vec::new(), Vec::new(), 0, seed);
    let mut draw = |below: usize| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(state >> 33).unwrap() % below.max(1)
    };
    while !stop.load(Ordering::Relaxed) || done < 100 {
        let verb = draw(8);
        if ids.is_empty() || verb < 2 && ids.len() < 12 {
            ids.push(file(&service).await);
        } else if verb == 2 && !gone.is_empty() {
            let id: ActionId = gone.swap_remove(draw(gone.len()));
            file_again(&service, id).await.unwrap();
            ids.push(id);
        } else {
            let at = draw(ids.len());
            // Refusals are part of it: a final action does not change.
            match verb {
                3 => drop(update(&service, ids[at], becoming(Status::Running)).await),
                4 => drop(cancel(&service, ids[at]).await),
                5 if delete(&service, ids[at]).await.is_ok() => gone.push(ids.swap_remove(at)),
                5 => {}
                // Some are left as they are from then on: nothing later makes up for a change that was lost.
                6 => {
                    let id = ids.swap_remove(at);
                    drop(update(&service, id, reason("the last word")).await);
                }
                _ => drop(update(&service, ids[at], reason(&format!("{done}"))).await),
            }
        }
        done += 1;
    }
    done
}

async fn follow(store: &Store, nodes: [Arc<Service>; 2]) {
    let mut commits = store.changes();
    let stop = Arc::<AtomicBool>::default();
    let writers: Vec<_> = (0..4)
        .map(|seed| {
            let node = Arc::clone(&nodes[seed % 2]);
            tokio::spawn(disturb(node, u64::try_from(seed).unwrap(), Arc::clone(&stop)))
        })
        .collect();
    // A new copy now and then, so that some are made while others follow.
    let mut copies = Vec::new();
    for turn in 0..40 {
        if turn % 8 == 0 {
            copies.extend(["$top=7", "$top=20", RUNNING_BY_TWO].map(Copy::of));
        }
        for copy in &mut copies {
            copy.step(&nodes[turn % 2]).await;
        }
        // Something happens between the pages of each.
        commits.changed().await.unwrap();
    }
    stop.store(true, Ordering::Relaxed);
    for writer in writers {
        assert!(writer.await.unwrap() >= 100);
    }
    let all = listed(&nodes[0], "").await;
    let running = listed(&nodes[0], RUNNING).await;
    for copy in &mut copies {
        // The round that was going on, and the one that tells of the rest.
        copy.round(&nodes[0]).await;
        copy.round(&nodes[0]).await;
        assert_eq!(copy.rows, *if copy.text == RUNNING_BY_TWO { &running } else { &all }, "{}", copy.text);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn copies_lose_nothing_under_concurrent_writes() {
    let fixture = Fixture::new().await;
    let other = if on_postgres() { fixture.another_node().await } else { Arc::clone(&fixture.service) };
    follow(&fixture.store, [Arc::clone(&fixture.service), other]).await;
}

#[tokio::test]
async fn latest_tells_of_nothing_that_was_there() {
    let fixture = Fixture::new().await;
    file(&fixture.service).await;
    for latest in ["latest", "Latest"] {
        let text = BoundQuery { delta_token: Some(latest.to_owned()), ..query("") };
        let first = page(&fixture.service, &text).await;
        assert!(first.changes.is_empty());
        let filed = file(&fixture.service).await;
        assert_eq!(shown(&page(&fixture.service, &onward("", first.onward)).await), [('+', filed)]);
    }
}

#[tokio::test]
async fn many_entries_of_one_action_make_no_page_empty() {
    let fixture = Fixture::new().await;
    let service = &fixture.service;
    let (busy, quiet) = (file(service).await, file(service).await);
    let first = page(service, &query("$top=1")).await;
    let Onward::Next(_) = first.onward else { panic!("{first:?}") };
    let mut copy = Copy::of("$top=1");
    copy.round(service).await;
    for number in 0..350 {
        update(service, busy, reason(&number.to_string())).await.unwrap();
    }
    update(service, quiet, reason("late")).await.unwrap();
    let before = copy.pages;
    copy.round(service).await;
    assert_eq!(copy.pages - before, 2);
    assert_eq!(copy.rows, listed(service, "").await);
}
