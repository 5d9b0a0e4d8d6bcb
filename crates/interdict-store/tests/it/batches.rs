//! Batches: what is committed is what was decided; replaying the journal gives the rows.

use std::time::{Duration, Instant};

use interdict_model::edm::SECURITY_ACTION;
use interdict_model::view::{ReadSet, WriteSet};
use interdict_model::{Refusal, View};
use interdict_odata::bind::bind_query;
use interdict_store::{ListRequest, Patience, Place, Selected, Store};

use crate::support::{Home, action_id, batch, batch_at, create, delete, finish, report, scope};

fn soon() -> Patience {
    Patience::Until(Instant::now() + Duration::from_secs(10))
}

async fn replays(store: &Store, tenant: u128) {
    let (mut replayed, mut writes) = (View::default(), WriteSet::default());
    for entry in store.journal(scope(tenant), 0, usize::MAX).await.unwrap() {
        replayed.replay(entry, &mut writes).unwrap();
    }
    let records: Vec<_> = replayed.actions.values().flatten().collect();
    let count = store.count(scope(tenant), Selected::default(), soon()).await.unwrap();
    assert_eq!(u64::try_from(records.len()).unwrap(), count);
    for record in records {
        let stored = store.action(scope(tenant), record.action.id).await.unwrap().unwrap();
        assert_eq!(stored.document, *record.document);
        assert_eq!(stored.version.sequence, record.sequence);
    }
}

#[tokio::test]
async fn replaying_the_journal_gives_the_rows() {
    let home = Home::new();
    let (store, mut writer) = home.open().await;
    batch(&mut writer, &[create(1, 1, None), create(2, 2, None), create(1, 3, Some("ticket"))]).await;
    batch(
        &mut writer,
        &[report(1, 1, 5), finish(1, 3), report(1, 1, 6), delete(1, 3), create(1, 4, Some("ticket"))],
    )
    .await;
    replays(&store, 1).await;
    replays(&store, 2).await;
    assert!(store.action(scope(1), action_id(3)).await.unwrap().is_none());
    assert!(store.action(scope(1), action_id(4)).await.unwrap().is_some());
}

#[tokio::test]
async fn a_repeated_filing_in_one_batch_and_in_a_later_one_gets_the_first_action() {
    let home = Home::new();
    let (store, mut writer) = home.open().await;
    let first = batch(&mut writer, &[create(1, 1, Some("ticket")), create(1, 2, Some("ticket"))]).await;
    let later = batch(&mut writer, &[create(1, 3, Some("ticket"))]).await;
    for answer in first.into_iter().chain(later) {
        assert!(matches!(answer, Ok(interdict_model::view::Answer::Action { id, .. }) if id == action_id(1)));
    }
    assert_eq!(store.count(scope(1), Selected::default(), soon()).await.unwrap(), 1);
}

#[tokio::test]
async fn another_tenants_action_is_not_found() {
    let home = Home::new();
    let (store, mut writer) = home.open().await;
    batch(&mut writer, &[create(1, 1, None), create(2, 2, None)]).await;
    assert!(store.action(scope(2), action_id(1)).await.unwrap().is_none());
    assert!(matches!(batch(&mut writer, &[report(2, 1, 5)]).await[0], Err(Refusal::NotFound(_))));
    assert_eq!(store.journal(scope(2), 0, 10).await.unwrap().len(), 1);
}

#[tokio::test]
async fn an_abandoned_batch_leaves_the_writer_fit_for_the_next() {
    let home = Home::new();
    let (store, mut writer) = home.open().await;
    writer.load(&ReadSet::default()).await.unwrap();
    writer.abandon().await;
    batch(&mut writer, &[create(1, 1, None)]).await;
    assert!(store.action(scope(1), action_id(1)).await.unwrap().is_some());
}

#[tokio::test]
async fn pages_follow_each_other_without_gap_or_repeat_while_actions_are_filed() {
    let home = Home::new();
    let (store, mut writer) = home.open().await;
    let filed: Vec<_> = (1..=23).map(|id| create(1, id, None)).collect();
    // The clock stands, so that the instants differ by one tick only.
    batch(&mut writer, &filed).await;
    for descending in [true, false] {
        let (mut after, mut seen, mut newcomer): (Option<Place>, _, _) = (None, Vec::new(), 1_000);
        let order = if descending { "desc" } else { "asc" };
        let query = bind_query(&format!("$orderby=createdDateTime%20{order}"), &SECURITY_ACTION).unwrap();
        loop {
            let request = ListRequest {
                selected: Selected::default(),
                order_by: &query.order_by,
                after: after.as_ref(),
                skip: 0,
                limit: 5,
                patience: soon(),
            };
            let page = store.list(scope(1), &request).await.unwrap();
            assert!(!page.actions.is_empty(), "a page that was announced is empty");
            seen.extend(page.actions.iter().map(|action| action.id));
            newcomer += u128::from(descending);
            batch_at(&mut writer, 1_000_000, &[create(1, newcomer, None)]).await;
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

#[tokio::test]
async fn a_read_whose_patience_ends_is_given_up() {
    let home = Home::new();
    let (store, mut writer) = home.open().await;
    let is_brief = if store.blocks() { vec![Patience::Brief] } else { Vec::new() };
    for round in 0..50 {
        let filed: Vec<_> = (0..100).map(|id| create(1, round * 100 + id + 1, None)).collect();
        batch(&mut writer, &filed).await;
    }
    for patience in std::iter::once(Patience::Until(Instant::now())).chain(is_brief) {
        let error = store.count(scope(1), Selected::default(), patience).await.unwrap_err();
        assert!(matches!(error, interdict_store::StoreError::Deadline), "{error}");
    }
    assert_eq!(store.count(scope(1), Selected::default(), soon()).await.unwrap(), 5_000);
}
