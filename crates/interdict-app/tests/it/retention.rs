//! Retention: what was deleted long ago goes, everything else holds as before, and what somebody does to a pruned journal
//! is found.

use interdict_app::Error;
use interdict_model::action::Status;
use interdict_model::body::Field;
use interdict_model::journal::Kind;
use interdict_model::line::Line;
use interdict_model::seal::SEAL_AFTER_SECONDS;
use interdict_model::version::Precondition;
use interdict_model::{Permission, TenantId, Timestamp};
use interdict_store::{Audit, Forgettable, Prunable, Store, StoreError};
use interdict_testkit::store::TestStore;
use uuid::Uuid;

use crate::moving::{import, lines};
use crate::seals::Key;
use crate::support::{Fixture, becoming, caller, caller_with, filing, scope};

/// Prunes a journal as an operator does; how many entries went.
pub(crate) async fn prune(fixture: &Fixture, tenant: u128, before: Timestamp) -> Result<u64, StoreError> {
    let Some(Prunable { pruning, entries }) =
        fixture.store.prunable(scope(tenant), before, &Audit::default()).await?
    else {
        return Ok(0);
    };
    let id = TenantId(Uuid::from_u128(tenant));
    fixture.service.prune_journal(id, pruning).await.unwrap();
    let mut gone = 0;
    let mut forgetting = fixture.store.forgetting(scope(tenant)).await?.unwrap();
    while let Some(found) = forgetting.next().await? {
        gone += u64::try_from(found.entries.len()).unwrap();
        fixture.service.forget(id, found).await.unwrap();
    }
    assert_eq!(gone, entries);
    Ok(entries)
}

async fn file(fixture: &Fixture, context: Option<&str>) -> interdict_model::ActionId {
    fixture.service.create_action(&caller(1), filing(context), false).await.unwrap().id
}

async fn delete(fixture: &Fixture, id: interdict_model::ActionId) {
    let body = becoming(Status::Completed);
    fixture.service.update_action(&caller(1), id, body, Precondition::None, false).await.unwrap();
    fixture.service.delete_action(&caller(1), id, Precondition::None).await.unwrap();
}

async fn seal(fixture: &Fixture) -> Timestamp {
    fixture.clock.advance(SEAL_AFTER_SECONDS + 1);
    assert_eq!(fixture.service.seal_due(&Key::new()).await.unwrap(), 1);
    let sealed = fixture.clock.get();
    fixture.clock.advance(1);
    sealed
}

/// Sequences that are there.
async fn sequences(store: &Store) -> Vec<i64> {
    let entries = store.journal(scope(1), 0, 1000).await.unwrap();
    entries.iter().map(|entry| entry.sequence).collect()
}

/// A journal of 13 entries. Up to the first seal: a first action that stays (1), a second that goes (2, 3, 5), a third
/// that goes later (4, 6). Up to the second: it goes (7, 8), a fourth comes and goes (9, 10, 11). Then a fifth (12).
struct Journal {
    fixture: Fixture,
    first: Timestamp,
    second: Timestamp,
}

async fn journal() -> Journal {
    let fixture = Fixture::new().await;
    file(&fixture, Some("a")).await;
    let second = file(&fixture, Some("b")).await;
    let running = |id| {
        let service = fixture.service.clone();
        async move {
            let body = becoming(Status::Running);
            service.update_action(&caller(1), id, body, Precondition::None, false).await.unwrap();
        }
    };
    running(second).await;
    let third = file(&fixture, Some("c")).await;
    fixture.service.cancel_action(&caller(1), second, Precondition::None, None).await.unwrap();
    fixture.service.delete_action(&caller(1), second, Precondition::None).await.unwrap();
    running(third).await;
    let first = seal(&fixture).await;
    delete(&fixture, third).await;
    let fourth = file(&fixture, Some("b")).await;
    delete(&fixture, fourth).await;
    let second = seal(&fixture).await;
    file(&fixture, None).await;
    Journal { fixture, first, second }
}

async fn fault(store: &Store) -> Option<String> {
    store.verify().await.unwrap().fault.map(|fault| format!("{}: {}", fault.sequence, fault.reason))
}

#[tokio::test]
async fn what_was_deleted_by_then_goes_and_all_else_holds_as_before() {
    let Journal { fixture, first, second } = journal().await;
    let store = &fixture.store;
    assert_eq!(sequences(store).await, (1..=13).collect::<Vec<_>>());
    let before = lines(store).await;
    assert_eq!(prune(&fixture, 1, first.plus_seconds(-1)).await.unwrap(), 0, "nothing is sealed by then");
    assert_eq!(sequences(store).await.len(), 13);

    assert_eq!(prune(&fixture, 1, first).await.unwrap(), 4);
    assert_eq!(sequences(store).await, [1, 4, 7, 8, 9, 10, 11, 12, 13, 14]);
    assert_eq!(fault(store).await, None);
    assert_eq!(prune(&fixture, 1, first).await.unwrap(), 0, "once is enough");
    let last = store.journal(scope(1), 13, 9).await.unwrap().remove(0);
    assert_eq!((last.kind, last.subject), (Kind::Pruned.number(), Uuid::from_u128(1)));
    assert_eq!(&*last.actor, "{\"operator\":true}");

    assert_eq!(prune(&fixture, 1, second).await.unwrap(), 7);
    assert_eq!(sequences(store).await, [1, 13, 14, 15]);
    let report = store.verify().await.unwrap();
    assert_eq!((report.fault, report.entries, report.actions, report.seals), (None, 4, 2, 1));
    // What was there before is there as it was.
    let after = lines(store).await;
    let kept = |line: &&Line| matches!(line, Line::Entry(entry) if [1, 13].contains(&entry.sequence));
    let of = |lines: &[Line]| lines.iter().filter(kept).cloned().collect::<Vec<_>>();
    assert_eq!(of(&after), of(&before));

    for home in [TestStore::sqlite(), TestStore::postgres()] {
        import(&home, &after).await.unwrap();
        let target = Store::open_read_only(&home.options()).await.unwrap();
        assert_eq!(fault(&target).await, None);
        assert_eq!(lines(&target).await[1..], after[1..]);
    }
}

#[tokio::test]
async fn a_pruning_that_was_cut_off_holds_and_is_carried_on() {
    let Journal { fixture, second, .. } = journal().await;
    let store = &fixture.store;
    let id = TenantId(Uuid::from_u128(1));
    let found = store.prunable(scope(1), second, &Audit::default()).await.unwrap().unwrap();
    fixture.service.prune_journal(id, found.pruning).await.unwrap();
    assert_eq!((fault(store).await, sequences(store).await.len()), (None, 14));
    let pruned = lines(store).await;
    let mut rest = store.forgetting(scope(1)).await.unwrap().unwrap().next().await.unwrap().unwrap();
    assert_eq!(rest.entries, [2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]);
    assert_eq!(rest.seals, [7]);
    while !rest.entries.is_empty() {
        let entries = rest.entries.drain(..1).collect();
        fixture.service.forget(id, Forgettable { entries, seals: Vec::new() }).await.unwrap();
        assert_eq!(fault(store).await, None, "{rest:?}");
        assert_eq!(lines(store).await, pruned);
        let left = store.forgetting(scope(1)).await.unwrap().unwrap().next().await.unwrap().unwrap();
        assert_eq!(left.entries, rest.entries);
    }
    fixture.service.forget(id, rest).await.unwrap();
    assert_eq!(store.forgetting(scope(1)).await.unwrap().unwrap().next().await.unwrap(), None);
    assert_eq!(lines(store).await, pruned);
    assert_eq!(fault(store).await, None);
}

#[tokio::test]
async fn actions_that_shared_a_client_context_are_kept_together() {
    let fixture = Fixture::new().await;
    let migrating = caller_with(1, &[Permission::ActionsReadWrite, Permission::ActionsProvenance]);
    let named = |number: u128| {
        let mut body = filing(Some("shared"));
        body.id = Field::Value(Uuid::from_u128(number).to_string());
        body.app_id = Field::Value("app-1".to_owned());
        body
    };
    let mut ids = Vec::new();
    for number in [100, 101] {
        ids.push(fixture.service.create_action(&migrating, named(number), false).await.unwrap().id);
    }
    // The second was not remembered, since the first was there; now there is none.
    delete(&fixture, ids[0]).await;
    let sealed = seal(&fixture).await;
    assert_eq!(fault(&fixture.store).await, None);
    assert_eq!(prune(&fixture, 1, sealed).await.unwrap(), 0);
    // A third of the same context, which goes alone, and one that comes again under its id.
    let third = file(&fixture, Some("shared")).await;
    delete(&fixture, third).await;
    let mut again = named(102);
    again.client_context = Field::Absent;
    for _ in 0..2 {
        let filed = fixture.service.create_action(&migrating, again.clone(), false).await.unwrap();
        delete(&fixture, filed.id).await;
    }
    let sealed = seal(&fixture).await;
    prune(&fixture, 1, sealed).await.unwrap();
    assert_eq!(fault(&fixture.store).await, None);
    let home = TestStore::new();
    import(&home, &lines(&fixture.store).await).await.unwrap();
    assert_eq!(fault(&Store::open_read_only(&home.options()).await.unwrap()).await, None);
}

#[tokio::test]
async fn what_was_not_sealed_or_does_not_hold_is_not_pruned() {
    let Journal { fixture, second, .. } = journal().await;
    let store = &fixture.store;
    let audit = Audit { signatures: Some(|_, _, _| true), ..Audit::default() };
    let unknown = store.prunable(scope(1), second, &audit).await.unwrap_err();
    assert!(unknown.to_string().contains("the unknown key `test`"), "{unknown}");
    let found = store.prunable(scope(1), second, &Audit::default()).await.unwrap().unwrap();
    let id = TenantId(Uuid::from_u128(1));
    let mut further = found.pruning;
    further.sequence = 13;
    let refused = fixture.service.prune_journal(id, further).await.unwrap_err();
    assert!(matches!(refused, Error::Refused(_)), "{refused:?}");
    let unsealed = Forgettable { entries: vec![13], seals: Vec::new() };
    fixture.service.forget(id, unsealed).await.unwrap_err();
    assert_eq!(sequences(store).await.len(), 13);
    fixture
        .home()
        .tamper("UPDATE journal SET change = replace(change, 'BlockIp', 'AllowIp') WHERE sequence = 4");
    let broken = store.prunable(scope(1), second, &Audit::default()).await.unwrap_err();
    assert!(broken.to_string().contains("at entry 4: its content does not give its hash"), "{broken}");
}

#[tokio::test]
async fn what_is_done_to_a_pruned_journal_is_found() {
    for (sql, expected) in [
        ("DELETE FROM journal WHERE sequence = 4", "which is not there"),
        ("DELETE FROM journal WHERE sequence = 7", "not those that were kept"),
        ("UPDATE journal SET actor = '{}' WHERE sequence = 4", "its content does not give its hash"),
        ("DELETE FROM journal WHERE sequence = 8", "expected sequence 8"),
        ("UPDATE pruning SET kept = 2", "not those that were kept"),
        ("UPDATE pruning SET sequence = 6", "but it is not sealed"),
        ("DELETE FROM pruning", "expected sequence 2"),
        ("DELETE FROM seal WHERE sequence = 7", "but it is not sealed"),
        ("UPDATE pruning SET hash = digest", "but it is not sealed"),
        ("DELETE FROM action WHERE sequence = 1", "has no row"),
        (
            "UPDATE action SET doc = replace(doc, 'BlockIp', 'AllowIp') WHERE sequence = 1",
            "the row was altered",
        ),
    ] {
        let Journal { fixture, first, .. } = journal().await;
        assert_eq!(prune(&fixture, 1, first).await.unwrap(), 4);
        assert_eq!(fault(&fixture.store).await, None);
        fixture.home().tamper(sql);
        let found = fault(&fixture.store).await.unwrap_or_else(|| panic!("{sql}: nothing was found"));
        assert!(found.contains(expected), "{sql}: {found}");
    }
}
