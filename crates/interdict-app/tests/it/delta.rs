//! Changes since a token: a copy that follows them is what the list says, whatever happens meanwhile.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use interdict_app::{Caller, Change, DeltaPage, Error, Onward, Service};
use interdict_model::action::Status;
use interdict_model::body::{ActionBody, Field};
use interdict_model::version::Precondition;
use interdict_model::{ActionId, Permission, edm};
use interdict_odata::bind::bind_query;
use interdict_odata::{BoundQuery, QueryErrorCode};
use interdict_testkit::store::on_postgres;

use crate::retention::prune;
use crate::seals::Key;
use crate::support::{Fixture, becoming, caller, caller_with, filing};

const RUNNING: &str = "$filter=status%20eq%20'Running'";

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
    service.cancel_action(&caller(1), id, Precondition::None).await
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
        if verb < 2 || ids.is_empty() {
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
                _ => drop(update(&service, ids[at], reason(&format!("{done}"))).await),
            }
        }
        done += 1;
    }
    done
}

async fn follow(nodes: [Arc<Service>; 2]) {
    let stop = Arc::<AtomicBool>::default();
    let writers: Vec<_> = (0..4)
        .map(|seed| {
            let node = Arc::clone(&nodes[seed % 2]);
            tokio::spawn(disturb(node, u64::try_from(seed).unwrap(), Arc::clone(&stop)))
        })
        .collect();
    let mut copies = ["$top=3", "$top=7", "$top=50"].map(Copy::of);
    let mut running = Copy::of("$top=5&$filter=status%20eq%20'Running'");
    for turn in 0..60 {
        for copy in copies.iter_mut().chain([&mut running]) {
            copy.step(&nodes[turn % 2]).await;
        }
    }
    stop.store(true, Ordering::Relaxed);
    for writer in writers {
        assert!(writer.await.unwrap() >= 100);
    }
    for copy in &mut copies {
        // The round that was going on, and the one that tells of the rest.
        copy.round(&nodes[0]).await;
        copy.round(&nodes[0]).await;
        assert_eq!(copy.rows, listed(&nodes[0], "").await, "{}", copy.text);
        assert!(copy.pages > 60);
    }
    running.round(&nodes[0]).await;
    running.round(&nodes[0]).await;
    assert_eq!(running.rows, listed(&nodes[0], RUNNING).await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn copies_lose_nothing_under_concurrent_writes() {
    let fixture = Fixture::new().await;
    let other = if on_postgres() { fixture.another_node().await } else { Arc::clone(&fixture.service) };
    follow([Arc::clone(&fixture.service), other]).await;
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

fn refused(outcome: Result<DeltaPage, Error>) -> String {
    match outcome {
        Err(Error::Query(faults)) => {
            assert_eq!(faults.len(), 1, "{faults:?}");
            assert_eq!(faults[0].code, QueryErrorCode::SyntaxError);
            format!("{}: {}", faults[0].option, faults[0].message)
        }
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_token_of_anything_else_is_refused() {
    let fixture = Fixture::new().await;
    let service = &fixture.service;
    for _ in 0..3 {
        file(service).await;
    }
    let ask = async |caller: &Caller, query: &BoundQuery| service.delta_actions(caller, query).await;
    let Onward::Next(skip) = page(service, &query("$top=1")).await.onward else { panic!("one page") };
    let Onward::Delta(delta) = page(service, &query("")).await.onward else { panic!("more pages") };
    let list = service.list_actions(&caller(1), &query("$top=1")).await.unwrap().next.unwrap();
    let with = |text: &str, skip: Option<&str>, delta: Option<&str>| BoundQuery {
        skip_token: skip.map(str::to_owned),
        delta_token: delta.map(str::to_owned),
        ..query(text)
    };
    let (s, d) = (Some(&*skip), Some(&*delta));
    for (tenant, query, option) in [
        (1, with(RUNNING, s, None), "$skiptoken"),
        (1, with(RUNNING, None, d), "$deltatoken"),
        (1, with("$select=id", s, None), "$skiptoken"),
        (1, with("$select=id", None, d), "$deltatoken"),
        (2, with("", s, None), "$skiptoken"),
        (2, with("", None, d), "$deltatoken"),
        // Each is for one option, and for this address.
        (1, with("", d, None), "$skiptoken"),
        (1, with("", None, s), "$deltatoken"),
        (1, with("", Some(&list), None), "$skiptoken"),
    ] {
        let message = refused(ask(&caller(tenant), &query).await);
        assert!(message.starts_with(&format!("{option}: the token belongs to another query")), "{message}");
    }
    let listed = service.list_actions(&caller(1), &with("", s, None)).await;
    assert!(matches!(listed, Err(Error::Query(faults)) if faults[0].message.contains("another query")));
    let listed = service.list_actions(&caller(1), &with("", None, d)).await;
    assert!(matches!(listed, Err(Error::Query(faults)) if faults[0].code == QueryErrorCode::Unsupported));

    for at in 0..delta.len() {
        let mut forged = delta.clone().into_bytes();
        forged[at] = if forged[at] == b'A' { b'B' } else { b'A' };
        let forged = String::from_utf8(forged).unwrap();
        let message = refused(ask(&caller(1), &with("", None, Some(&forged))).await);
        assert!(message.contains("not one of this server"), "{message}");
    }
    for nonsense in ["AAAA", "not a token", "lat", delta.split_at(30).0] {
        refused(ask(&caller(1), &with("", None, Some(nonsense))).await);
        refused(ask(&caller(1), &with("", Some(nonsense), None)).await);
    }
    let denied = ask(&caller_with(1, &[Permission::AuditRead]), &query("")).await;
    assert!(matches!(denied, Err(Error::Denied(_))), "{denied:?}");
}

#[tokio::test]
async fn options_that_changes_do_not_take_are_refused() {
    let fixture = Fixture::new().await;
    for (text, options) in [
        ("$orderby=name", &["$orderby"][..]),
        ("$search=a&$skip=1&$count=true", &["$search", "$skip", "$count"]),
        ("$skiptoken=a&$deltatoken=latest", &["$skiptoken"]),
    ] {
        match fixture.service.delta_actions(&caller(1), &query(text)).await {
            Err(Error::Query(faults)) => {
                let named: Vec<_> = faults.iter().map(|fault| &*fault.option).collect();
                assert_eq!(named, options);
                assert!(faults.iter().all(|fault| fault.code == QueryErrorCode::Unsupported), "{faults:?}");
            }
            other => panic!("{text}: {other:?}"),
        }
    }
}

async fn gone(service: &Service, query: &BoundQuery, option: &str) {
    let outcome = service.delta_actions(&caller(1), query).await;
    assert!(matches!(outcome, Err(Error::Resync(of)) if of == option), "{outcome:?}");
}

#[tokio::test]
async fn a_token_from_before_a_restore_asks_for_all_anew() {
    let before = Fixture::new().await;
    let after = Fixture::of_epoch(8).await;
    for fixture in [&before, &after] {
        for _ in 0..2 {
            file(&fixture.service).await;
        }
    }
    let whole = onward("", page(&before.service, &query("")).await.onward);
    gone(&after.service, &whole, "$deltatoken").await;
    let part = onward("", page(&before.service, &query("$top=1")).await.onward);
    gone(&after.service, &part, "$skiptoken").await;
}

#[tokio::test]
async fn a_token_from_before_a_pruning_asks_for_all_anew() {
    let fixture = Fixture::new().await;
    let service = &fixture.service;
    let ids = [file(service).await, file(service).await, file(service).await];
    let early = onward("", page(service, &query("")).await.onward);
    let within = onward("", page(service, &query("$top=1")).await.onward);
    update(service, ids[1], reason("a")).await.unwrap();
    update(service, ids[2], reason("b")).await.unwrap();
    let round = onward("", page(service, &BoundQuery { top: Some(1), ..early.clone() }).await.onward);
    assert!(round.skip_token.is_some());
    cancel(service, ids[0]).await.unwrap();
    delete(service, ids[0]).await.unwrap();
    fixture.clock.advance(interdict_model::seal::SEAL_AFTER_SECONDS + 1);
    assert_eq!(service.seal_due(&Key::new()).await.unwrap(), 1);
    let late = onward("", page(service, &query("")).await.onward);
    let fresh = BoundQuery { delta_token: Some("latest".to_owned()), ..query("") };
    assert!(prune(&fixture, 1, fixture.clock.get()).await.unwrap() > 0);
    gone(service, &early, "$deltatoken").await;
    gone(service, &within, "$skiptoken").await;
    gone(service, &round, "$skiptoken").await;
    // What was made at the last entry that was pruned, or later, misses nothing.
    assert!(shown(&page(service, &late).await).is_empty());
    let filed = file(service).await;
    assert_eq!(shown(&page(service, &late).await), [('+', filed)]);
    assert!(page(service, &fresh).await.changes.is_empty());
    let mut copy = Copy::of("");
    copy.round(service).await;
    assert_eq!(copy.rows, listed(service, "").await);
}

#[tokio::test]
async fn a_token_ahead_of_its_journal_asks_for_all_anew() {
    let fixture = Fixture::new().await;
    let shorter = Fixture::new().await;
    for _ in 0..3 {
        file(&fixture.service).await;
    }
    let ahead = onward("", page(&fixture.service, &query("")).await.onward);
    gone(&shorter.service, &ahead, "$deltatoken").await;
    file(&shorter.service).await;
    gone(&shorter.service, &ahead, "$deltatoken").await;
}
