//! Export and import: what is moved is the same, however often it was cut off; what is not whole is refused.

use interdict_app::import::{Import, ImportError};
use interdict_model::action::Status;
use interdict_model::app::AppCommand;
use interdict_model::key::{KeyKind, SharedKey};
use interdict_model::line::Line;
use interdict_model::seal::SEAL_AFTER_SECONDS;
use interdict_model::version::Precondition;
use interdict_model::{AppId, TenantId};
use interdict_store::{Birth, Store};
use interdict_testkit::store::TestStore;
use tokio::sync::mpsc;
use uuid::Uuid;

use crate::carrying::carry_out_everything;
use crate::retention::prune;
use crate::seals::Key;
use crate::support::{Fixture, becoming, caller, filing, scope};

pub(crate) const TENANTS: u128 = 3;

/// A store with every kind of entry in it, and seals. The second tenant's journal is pruned up to the first one's.
pub(crate) async fn filled() -> Fixture {
    let fixture = Fixture::new().await;
    let service = &fixture.service;
    let app = |tenant: u128| AppId(Uuid::from_u128(0xa0 + tenant).to_string().into());
    for tenant in 1..=TENANTS {
        let caller = caller(tenant);
        let id = TenantId(Uuid::from_u128(tenant));
        for number in 0..2 {
            let add = AppCommand::Add {
                app: app(number),
                name: format!("app {number}"),
                roles: vec!["SecurityActions.Read.All".to_owned()],
                secret_hash: "aGFzaA==".to_owned(),
            };
            service.change_app(id, add).await.unwrap();
        }
        let rotate = AppCommand::Rotate { app: app(0), secret_hash: "bmV3".to_owned() };
        service.change_app(id, rotate).await.unwrap();
        service.change_app(id, AppCommand::Remove { app: app(1) }).await.unwrap();
        for number in 0..20_u32 {
            let context = format!("ticket {number}");
            let context = (number % 2 == 0).then_some(&*context);
            let filed = service.create_action(&caller, filing(context), false).await.unwrap();
            let status = if number % 3 == 0 { Status::Completed } else { Status::Running };
            service
                .update_action(&caller, filed.id, becoming(status), Precondition::None, false)
                .await
                .unwrap();
            if number % 3 == 1 {
                service.cancel_action(&caller, filed.id, Precondition::None, None).await.unwrap();
            }
            if number % 6 == 0 {
                service.delete_action(&caller, filed.id, Precondition::None).await.unwrap();
            }
            if number == 10 {
                fixture.clock.advance(SEAL_AFTER_SECONDS + 1);
                service.seal_due(&Key::new()).await.unwrap();
            }
        }
    }
    carry_out_everything(&fixture, 3).await;
    let before = fixture.clock.get();
    fixture.clock.advance(SEAL_AFTER_SECONDS + 1);
    service.seal_due(&Key::new()).await.unwrap();
    assert!(prune(&fixture, 2, before).await.unwrap() > 0);
    // One that signed, and must not any more.
    let key = SharedKey {
        kind: KeyKind::Seal,
        id: "test".to_owned(),
        created: fixture.clock.get(),
        public: Key::new().public().to_vec(),
        secret: Vec::new(),
        wrapped_by: None,
        revoked: Some(fixture.clock.get().plus_seconds(1)),
    };
    service.share_keys(vec![key]).await.unwrap();
    // Behind the last seal.
    service.create_action(&caller(1), filing(Some("the last")), false).await.unwrap();
    fixture
}

pub(crate) async fn lines(store: &Store) -> Vec<Line> {
    let (sender, mut lines) = mpsc::channel(10);
    let store = store.clone();
    let reading = tokio::spawn(async move { store.read_out(&[], Vec::new(), &sender).await });
    let mut all = Vec::new();
    while let Some(line) = lines.recv().await {
        // As it is written and read.
        all.push(serde_json::from_str(&serde_json::to_string(&line).unwrap()).unwrap());
    }
    reading.await.unwrap().unwrap();
    all
}

pub(crate) async fn import(home: &TestStore, lines: &[Line]) -> Result<(), ImportError> {
    let birth = Birth { epoch: 9, skip_token_key: [4; 32] };
    let (store, writers) = Store::open(&home.options(), birth).await.unwrap();
    let mut import = Import::begin(store, writers).await?;
    for line in lines {
        import.take(line.clone()).await?;
    }
    import.finish().await.map(drop)
}

#[tokio::test]
async fn what_is_moved_is_the_same_on_either_engine() {
    let source = filled().await;
    let before = lines(&source.store).await;
    let kinds: std::collections::BTreeSet<_> = before
        .iter()
        .filter_map(|line| if let Line::Entry(entry) = line { Some(entry.kind) } else { None })
        .collect();
    assert_eq!(kinds.len(), interdict_model::journal::Kind::ALL.len());
    // Two each, but for what was pruned.
    assert_eq!(before.iter().filter(|line| matches!(line, Line::Seal(_))).count(), 2 * 3 - 1);
    assert_eq!(before.iter().filter(|line| matches!(line, Line::Pruning(_))).count(), 1);
    for home in [TestStore::sqlite(), TestStore::postgres()] {
        import(&home, &before).await.unwrap();
        let options = home.options();
        let target = Fixture::on(home, &options, 0).await;
        assert_eq!(target.store.epoch(), 9);
        assert_eq!(target.store.verify().await.unwrap().fault, None);
        // All but the header, which names the epoch.
        assert_eq!(lines(&target.store).await[1..], before[1..]);
        assert!(matches!(&before[1], Line::Key(key) if key.revoked.is_some()));
        for tenant in 1..=TENANTS {
            let scope = scope(tenant);
            assert_eq!(target.store.apps(scope).await.unwrap(), source.store.apps(scope).await.unwrap());
            let entries = source.store.journal(scope, 0, usize::MAX).await.unwrap();
            for id in entries.iter().map(|entry| interdict_model::ActionId(entry.subject)) {
                let (was, is) = (source.store.action(scope, id).await, target.store.action(scope, id).await);
                let (was, is) = (was.unwrap(), is.unwrap());
                assert_eq!(was.as_ref().map(|it| &it.document), is.as_ref().map(|it| &it.document));
                let sequences = (was.map(|it| it.version.sequence), is.map(|it| it.version.sequence));
                assert_eq!(sequences.0, sequences.1);
            }
            for context in ["ticket 2", "ticket 4", "ticket 6"] {
                let repeated = |fixture: &Fixture| {
                    let service = fixture.service.clone();
                    async move { service.create_action(&caller(tenant), filing(Some(context)), false).await }
                };
                let (was, is) = (repeated(&source).await.unwrap(), repeated(&target).await.unwrap());
                // What was deleted is filed anew.
                assert_eq!(is.replayed, context != "ticket 6", "{context}");
                assert!(!is.replayed || is.id == was.id, "{context}");
                if !is.replayed {
                    source
                        .service
                        .cancel_action(&caller(tenant), was.id, Precondition::None, None)
                        .await
                        .unwrap();
                    source.service.delete_action(&caller(tenant), was.id, Precondition::None).await.unwrap();
                }
            }
        }
        target.service.stop().await;
    }
}

#[tokio::test]
async fn an_import_that_was_cut_off_goes_on_where_it_ended() {
    let source = filled().await;
    // More than are written at once.
    for _ in 0..520 {
        source.service.create_action(&caller(1), filing(None), false).await.unwrap();
    }
    let all = lines(&source.store).await;
    for cut in (0..all.len()).step_by(67) {
        let home = TestStore::new();
        let cut_off = import(&home, &all[..cut]).await.unwrap_err();
        assert!(matches!(&cut_off, ImportError::Lines(why) if why.contains("in the middle")), "{cut_off}");
        let unfinished =
            Store::open_read_only(&home.options()).await.unwrap().unfinished_import().await.unwrap();
        assert_eq!(unfinished, (cut > 0).then_some(7));
        import(&home, &all).await.unwrap();
        let target = Store::open_read_only(&home.options()).await.unwrap();
        assert_eq!(target.unfinished_import().await.unwrap(), None);
        assert_eq!(lines(&target).await[1..], all[1..], "cut at {cut}");
        assert_eq!(target.verify().await.unwrap().fault, None);
    }
}

#[tokio::test]
async fn what_is_not_whole_or_was_changed_is_refused_by_its_place() {
    let source = filled().await;
    let all = lines(&source.store).await;
    let entry = all.iter().position(|line| matches!(line, Line::Entry(entry) if entry.kind == 2)).unwrap();
    let seal = all.iter().position(|line| matches!(line, Line::Seal(_))).unwrap();
    let head = all.iter().position(|line| matches!(line, Line::Head(_))).unwrap();
    let with = |change: &dyn Fn(&mut Vec<Line>)| {
        let mut lines = all.clone();
        change(&mut lines);
        lines
    };
    let altered = with(&|lines| {
        if let Line::Entry(entry) = &mut lines[entry] {
            entry.change = entry.change.replace("Running", "Completed").replace("Completed", "Failed").into();
        }
    });
    let resealed = with(&|lines| {
        if let Line::Seal(seal) = &mut lines[seal] {
            seal.hash[0] ^= 1;
        }
    });
    let reheaded = with(&|lines| {
        if let Line::Head(end) = &mut lines[head] {
            end.sequence += 1;
        }
    });
    let newer = with(&|lines| {
        if let Line::Export(header) = &mut lines[0] {
            header.format = 2;
        }
    });
    let counted = with(&|lines| {
        for line in lines {
            if let Line::End(totals) = line {
                totals.entries += 1;
            }
        }
    });
    for (lines, expected) in [
        (altered, "its content does not give its hash"),
        (with(&|lines| drop(lines.remove(entry))), "an entry is missing or out of order"),
        (with(&|lines| lines.swap(entry, entry + 1)), "an entry is missing or out of order"),
        (with(&|lines| lines.insert(entry, lines[entry].clone())), "an entry is missing or out of order"),
        (with(&|lines| drop(lines.remove(head - 1))), "its journal should end with entry"),
        (resealed, "the seal is not one of the entry before it"),
        (reheaded, "its journal should end with entry"),
        (newer, "format 2"),
        (counted, "there should be more, or less"),
        (with(&|lines| drop(lines.remove(0))), "begins with its `export` line"),
        (with(&|lines| lines.push(lines[entry].clone())), "behind the last line"),
        (with(&|lines| drop(lines.pop())), "in the middle"),
    ] {
        let refused = import(&TestStore::new(), &lines).await.unwrap_err().to_string();
        assert!(refused.contains(expected), "{expected}: {refused}");
    }
}

#[tokio::test]
async fn nothing_is_imported_over_something_else() {
    let source = filled().await;
    let all = lines(&source.store).await;
    let used = Fixture::new().await;
    used.service.create_action(&caller(1), filing(None), false).await.unwrap();
    used.service.stop().await;
    let options = used.home().options();
    let birth = Birth { epoch: 9, skip_token_key: [4; 32] };
    let Fixture { service, store, .. } = used;
    drop((service, store));
    let (store, writers) = Store::open(&options, birth).await.unwrap();
    let refused = Import::begin(store, writers).await.unwrap_err();
    assert!(matches!(&refused, ImportError::NotEmpty(_)), "{refused}");

    // A half import of one store and the export of another.
    let home = TestStore::new();
    let head = all.iter().position(|line| matches!(line, Line::Head(_))).unwrap();
    import(&home, &all[..=head]).await.unwrap_err();
    let other = Fixture::of_epoch(8).await;
    other.service.create_action(&caller(1), filing(None), false).await.unwrap();
    let refused = import(&home, &lines(&other.store).await).await.unwrap_err();
    assert!(matches!(&refused, ImportError::NotEmpty(why) if why.contains("another store")), "{refused}");

    // Of the same epoch, but with another history.
    let other = Fixture::new().await;
    other.service.create_action(&caller(1), filing(None), false).await.unwrap();
    let refused = import(&home, &lines(&other.store).await).await.unwrap_err();
    assert!(
        matches!(&refused, ImportError::NotEmpty(why) if why.contains("is not the export's")),
        "{refused}"
    );
}
