//! Batches: what is committed is what was decided; replaying the journal gives the rows.

use std::time::{Duration, Instant};

use interdict_model::replay::Replay;
use interdict_model::view::ReadSet;
use interdict_model::{Refusal, document};
use interdict_store::{ListRequest, Patience, Store};

use crate::support::{Home, action_id, batch, batch_at, create, delete, finish, report, scope};

fn soon() -> Patience {
    Patience::Until(Instant::now() + Duration::from_secs(10))
}

fn replays(store: &Store, tenant: u128) {
    let mut replay = Replay::default();
    for entry in store.journal(scope(tenant), 0, usize::MAX).unwrap() {
        replay.apply(&entry).unwrap();
    }
    let count = store.count(scope(tenant), None, soon()).unwrap();
    assert_eq!(u64::try_from(replay.actions.len()).unwrap(), count);
    for (id, row) in &replay.actions {
        let stored = store.action(scope(tenant), interdict_model::ActionId(*id)).unwrap().unwrap();
        assert_eq!(stored.document, document::render(&row.action));
        assert_eq!(stored.version.sequence, row.sequence);
    }
}

#[test]
fn replaying_the_journal_gives_the_rows() {
    let home = Home::new();
    let (store, mut writer) = home.open();
    batch(&mut writer, &[create(1, 1, None), create(2, 2, None), create(1, 3, Some("ticket"))]);
    batch(
        &mut writer,
        &[report(1, 1, 5), finish(1, 3), report(1, 1, 6), delete(1, 3), create(1, 4, Some("ticket"))],
    );
    replays(&store, 1);
    replays(&store, 2);
    assert!(store.action(scope(1), action_id(3)).unwrap().is_none());
    assert!(store.action(scope(1), action_id(4)).unwrap().is_some());
}

#[test]
fn a_repeated_filing_in_one_batch_and_in_a_later_one_gets_the_first_action() {
    let home = Home::new();
    let (store, mut writer) = home.open();
    let first = batch(&mut writer, &[create(1, 1, Some("ticket")), create(1, 2, Some("ticket"))]);
    let later = batch(&mut writer, &[create(1, 3, Some("ticket"))]);
    for answer in first.into_iter().chain(later) {
        assert!(matches!(answer, Ok(interdict_model::view::Answer::Action { id, .. }) if id == action_id(1)));
    }
    assert_eq!(store.count(scope(1), None, soon()).unwrap(), 1);
}

#[test]
fn another_tenants_action_is_not_found() {
    let home = Home::new();
    let (store, mut writer) = home.open();
    batch(&mut writer, &[create(1, 1, None), create(2, 2, None)]);
    assert!(store.action(scope(2), action_id(1)).unwrap().is_none());
    assert!(matches!(batch(&mut writer, &[report(2, 1, 5)])[0], Err(Refusal::NotFound(_))));
    assert_eq!(store.journal(scope(2), 0, 10).unwrap().len(), 1);
}

#[test]
fn an_abandoned_batch_leaves_the_writer_fit_for_the_next() {
    let home = Home::new();
    let (store, mut writer) = home.open();
    writer.load(&ReadSet::default()).unwrap();
    writer.abandon();
    batch(&mut writer, &[create(1, 1, None)]);
    assert!(store.action(scope(1), action_id(1)).unwrap().is_some());
}

#[test]
fn pages_follow_each_other_without_gap_or_repeat_while_actions_are_filed() {
    let home = Home::new();
    let (store, mut writer) = home.open();
    let filed: Vec<_> = (1..=23).map(|id| create(1, id, None)).collect();
    // The clock stands, so that the instants differ by one tick only.
    batch(&mut writer, &filed);
    for descending in [true, false] {
        let (mut after, mut seen, mut newcomer) = (None, Vec::new(), 1_000);
        loop {
            let request = ListRequest { filter: None, descending, after, limit: 5, patience: soon() };
            let page = store.list(scope(1), &request).unwrap();
            assert!(!page.actions.is_empty(), "a page that was announced is empty");
            seen.extend(page.actions.iter().map(|action| action.id));
            newcomer += u128::from(descending);
            batch_at(&mut writer, 1_000_000, &[create(1, newcomer, None)]);
            after = page.next;
            if after.is_none() || seen.len() > 60 {
                break;
            }
        }
        let mut old: Vec<_> = seen.iter().filter(|id| id.0.as_u128() < 1_000).collect();
        assert_eq!(old.len(), 23);
        old.dedup();
        assert_eq!(old.len(), 23);
    }
}

#[test]
fn a_read_whose_patience_ends_is_given_up() {
    let home = Home::new();
    let (store, mut writer) = home.open();
    for round in 0..50 {
        let filed: Vec<_> = (0..100).map(|id| create(1, round * 100 + id + 1, None)).collect();
        batch(&mut writer, &filed);
    }
    for patience in [Patience::Until(Instant::now()), Patience::Brief] {
        let error = store.count(scope(1), None, patience).unwrap_err();
        assert!(matches!(error, interdict_store::StoreError::Deadline), "{error}");
    }
    assert_eq!(store.count(scope(1), None, soon()).unwrap(), 5_000);
}

#[test]
fn a_log_that_is_checkpointed_at_rest_keeps_every_action() {
    let home = Home::new();
    let (store, mut writer) = home.open();
    batch(&mut writer, &[create(1, 1, None)]);
    assert!(writer.log_pages() > 0);
    writer.rest();
    assert_eq!(writer.log_pages(), 0);
    assert_eq!(std::fs::metadata(home.file("interdict.db-wal")).unwrap().len(), 0);
    batch(&mut writer, &[report(1, 1, 5)]);
    replays(&store, 1);
}
