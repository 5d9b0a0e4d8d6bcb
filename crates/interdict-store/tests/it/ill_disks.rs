//! Disks that fail: a database file that cannot be synced, a founding that is cut short, a file that is not ours.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use interdict_store::{SqliteOptions, Store, StoreError, Writer};
use interdict_testkit::power_loss::{Disk, Fault};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Level, Metadata, Subscriber};

use crate::support::{BIRTH, Home, action_id, batch, create, scope, try_batch_at};

async fn open_on(disk: Disk, home: &Home) -> Result<(Store, Writer), StoreError> {
    let options =
        SqliteOptions { vfs: Some(disk.name()), ..SqliteOptions::new(home.file("interdict.db"), 2) };
    let (store, mut writers) = Store::open(&options.into(), BIRTH).await?;
    Ok((store, writers.swap_remove(0)))
}

/// A reader that keeps a checkpoint from going past what it sees.
fn reader_on(disk: Disk, path: &Path) -> rusqlite::Connection {
    let flags = rusqlite::OpenFlags::SQLITE_OPEN_READ_ONLY;
    let reader = rusqlite::Connection::open_with_flags_and_vfs(path, flags, &*disk.name()).unwrap();
    reader.execute_batch("BEGIN; SELECT count(*) FROM action;").unwrap();
    reader
}

#[tokio::test]
async fn a_log_whose_pages_may_not_be_in_the_database_file_outlives_the_last_connection() {
    for seed in 0..10 {
        let (home, disk) = (Home::sqlite(), Disk::new(seed).unwrap());
        let (store, mut writer) = open_on(disk, &home).await.unwrap();
        writer.rest();
        batch(&mut writer, &(1..=20).map(|id| create(1, id, None)).collect::<Vec<_>>()).await;
        let reader = reader_on(disk, &home.file("interdict.db"));
        batch(&mut writer, &(21..=40).map(|id| create(1, id, None)).collect::<Vec<_>>()).await;
        // Moves the first batch without a sync, since it cannot reach the log's end.
        writer.rest();
        drop(reader);
        disk.fail(disk.calls(), Fault::DatabaseSync);
        writer.rest();
        assert!(store.stopped().is_some());
        // The writer's is the last connection to close.
        drop(store);
        drop(writer);
        disk.settle().unwrap();

        let (store, _writer) = home.open().await;
        assert_eq!(store.verify().await.unwrap().fault, None, "seed {seed}");
        for id in 1..=40 {
            assert!(
                store.action(scope(1), action_id(id)).await.unwrap().is_some(),
                "seed {seed}: action {id}"
            );
        }
    }
}

/// Counts the errors that are logged.
struct Errors(Arc<AtomicUsize>);

impl Subscriber for Errors {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        *metadata.level() == Level::ERROR
    }

    fn event(&self, _: &Event<'_>) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }

    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}
    fn record_follows_from(&self, _: &Id, _: &Id) {}
    fn enter(&self, _: &Id) {}
    fn exit(&self, _: &Id) {}
}

#[tokio::test]
async fn a_full_disk_is_logged_once_until_a_write_succeeds() {
    let logged = Arc::new(AtomicUsize::new(0));
    let (home, disk) = (Home::sqlite(), Disk::new(1).unwrap());
    let (_store, mut writer) = open_on(disk, &home).await.unwrap();
    let _logging = tracing::subscriber::set_default(Errors(Arc::clone(&logged)));
    let mut counts = Vec::new();
    for (id, is_full) in [(1, false), (2, true), (3, true), (4, false), (5, true)] {
        if is_full {
            disk.fail(disk.calls() + 1, Fault::Full);
        }
        let outcome = try_batch_at(&mut writer, 1, &[create(1, id, None)]).await;
        assert_eq!(matches!(outcome, Err(StoreError::NoSpace(_))), is_full, "{outcome:?}");
        counts.push(logged.load(Ordering::Relaxed));
    }
    assert_eq!(counts, [0, 1, 1, 1, 2]);
}

#[tokio::test]
async fn a_founding_that_power_cuts_short_is_taken_up_again() {
    let (home, disk) = (Home::sqlite(), Disk::new(1).unwrap());
    drop(open_on(disk, &home).await.unwrap());
    let founding = disk.calls();
    let mut cut = 0;
    for call in 1..=founding {
        for seed in 0..2 {
            let (home, disk) = (Home::sqlite(), Disk::new(seed).unwrap());
            disk.lose_power_at(call);
            cut += usize::from(open_on(disk, &home).await.is_err());
            disk.settle().unwrap();
            let (_store, mut writer) = home
                .try_open()
                .await
                .unwrap_or_else(|error| panic!("power lost at call {call}, seed {seed}: {error}"));
            batch(&mut writer, &[create(1, 1, None)]).await;
        }
    }
    assert!(cut > 50, "{cut}");
}

#[tokio::test]
async fn a_foreign_database_that_power_cut_short_is_refused_and_left_as_it_is() {
    let mut refused = 0;
    for call in 1..=40 {
        let (home, disk) = (Home::sqlite(), Disk::new(call).unwrap());
        let path = home.file("interdict.db");
        let theirs = rusqlite::Connection::open(&path).unwrap();
        theirs.execute_batch("CREATE TABLE theirs (x); INSERT INTO theirs VALUES (1);").unwrap();
        theirs.close().unwrap();
        let theirs = rusqlite::Connection::open_with_flags_and_vfs(
            &path,
            rusqlite::OpenFlags::SQLITE_OPEN_READ_WRITE,
            &*disk.name(),
        )
        .unwrap();
        disk.lose_power_at(call);
        let cut = theirs.execute_batch("CREATE TABLE more (x); INSERT INTO more VALUES (2);").is_err();
        drop(theirs);
        disk.settle().unwrap();
        let before = std::fs::read(&path).unwrap();
        assert!(home.try_open().await.is_err(), "call {call}: taken for ours");
        assert_eq!(std::fs::read(&path).unwrap(), before, "call {call}: changed");
        refused += usize::from(cut);
    }
    assert!(refused > 3, "{refused}");
}
