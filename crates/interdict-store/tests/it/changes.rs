//! Pages of what became of actions: what bounds them, and what they say of a journal that lacks entries.

use std::time::{Duration, Instant};

use interdict_store::{Change, ChangesPage, ChangesRequest, Patience, Store};

use crate::support::{Home, action_id, batch, create, delete, finish, report, scope};

fn request(after: i64, limit: u32, milliseconds: u64) -> ChangesRequest<'static> {
    let patience = Patience::Until(Instant::now() + Duration::from_millis(milliseconds));
    ChangesRequest { after, until: None, filter: None, now: 0, limit, patience }
}

async fn page(store: &Store, request: ChangesRequest<'_>) -> Option<ChangesPage> {
    store.changes_page(scope(1), &request).await.unwrap()
}

#[tokio::test]
async fn a_page_whose_time_is_over_says_how_far_it_got() {
    let home = Home::new();
    let (store, mut writer) = home.open().await;
    let mut commands = vec![create(1, 1, None)];
    commands.extend((1..=250).map(|code| report(1, 1, code)));
    commands.push(create(1, 2, None));
    batch(&mut writer, &commands).await;

    // The action's last entry is the 251st. There is time for one look of 100 entries.
    let mut seen = Vec::new();
    let mut reached = 1;
    while reached < 252 {
        let page = page(&store, request(reached, 1, 900)).await.unwrap();
        assert_eq!(page.until, 252);
        seen.push((page.changes.len(), page.reached));
        reached = page.reached;
    }
    assert_eq!(seen, [(0, 101), (0, 201), (1, 251), (1, 252)]);
    // With time enough it goes on until it has a row.
    let found = page(&store, request(1, 1, 60_000)).await.unwrap();
    assert_eq!((found.changes.len(), found.reached), (1, 251));
}

#[tokio::test]
async fn a_round_that_has_begun_ends_where_it_was_to_end() {
    let home = Home::new();
    let (store, mut writer) = home.open().await;
    batch(&mut writer, &[create(1, 1, None), create(1, 2, None), create(1, 3, None)]).await;
    let first = page(&store, request(0, 1, 60_000)).await.unwrap();
    assert_eq!((first.reached, first.until), (1, 3));
    // The second changes after the end of the round, the third goes.
    batch(&mut writer, &[report(1, 2, 5), finish(1, 3), delete(1, 3), create(1, 4, None)]).await;
    let rest = ChangesRequest { until: Some(3), ..request(1, 10, 60_000) };
    let rest = page(&store, rest).await.unwrap();
    assert_eq!((rest.changes.len(), rest.reached, rest.until), (1, 3, 3));
    assert!(matches!(&rest.changes[0], Change::Present(action) if action.version.sequence == 4));
    let next = page(&store, request(3, 10, 60_000)).await.unwrap();
    let ids: Vec<_> = next
        .changes
        .iter()
        .map(|change| match change {
            Change::Present(action) => (action.id, true),
            Change::Deleted(id) | Change::Unselected(id) => (*id, false),
        })
        .collect();
    assert_eq!(ids, [(action_id(2), true), (action_id(3), false), (action_id(4), true)]);
}

#[tokio::test]
async fn what_a_journal_does_not_have_is_not_told() {
    let home = Home::new();
    let (store, mut writer) = home.open().await;
    assert_eq!(page(&store, request(0, 10, 60_000)).await.unwrap().until, 0, "an empty tenant");
    assert!(page(&store, request(1, 10, 60_000)).await.is_none());
    batch(&mut writer, &[create(1, 1, None), create(1, 2, None)]).await;
    assert!(page(&store, request(2, 10, 60_000)).await.is_some());
    assert!(page(&store, request(3, 10, 60_000)).await.is_none(), "behind its end");
    let late = ChangesRequest { until: Some(3), ..request(0, 10, 60_000) };
    assert!(page(&store, late).await.is_none(), "until behind its end");
    home.tamper("INSERT INTO pruning (tenant, sequence, hash, at, kept, digest) SELECT tenant, 1, hash, at, 0, hash FROM head");
    assert!(page(&store, request(0, 10, 60_000)).await.is_none());
    assert!(page(&store, request(1, 10, 60_000)).await.is_some());
    let remembers = async |after| {
        let patience = request(0, 1, 60_000).patience;
        store.remembers(scope(1), after, patience).await.unwrap()
    };
    assert_eq!(
        [remembers(0).await, remembers(1).await, remembers(2).await, remembers(3).await],
        [false, true, true, false]
    );
}
