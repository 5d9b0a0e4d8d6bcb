//! An SQLite store's files: whose they are, and what is refused without touching it.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use futures_util::FutureExt as _;
use interdict_store::{SqliteOptions, Store, StoreError};

use crate::support::{BIRTH, Home, action_id, batch, create, report, scope};

async fn refusal(home: &Home) -> String {
    match home.try_open().await {
        Err(StoreError::Refused(hint) | StoreError::Unfit(hint)) => hint,
        other => panic!("expected a refusal, got {other:?}"),
    }
}

#[tokio::test]
async fn the_files_are_readable_by_their_owner_alone() {
    let home = Home::sqlite();
    let (_store, mut writer) = home.open().await;
    batch(&mut writer, &[create(1, 10, None)]).await;
    for name in ["interdict.db", "interdict.db-wal", "interdict.db-shm", "lock"] {
        let mode = fs::metadata(home.file(name)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{name}");
    }
}

#[tokio::test]
async fn a_store_that_is_open_is_refused_to_a_second_opener() {
    let home = Home::sqlite();
    let held = home.open().await;
    let hint = refusal(&home).await;
    assert!(hint.contains("lock") && hint.contains("another process"), "{hint}");
    drop(held);
    home.open().await;
}

#[tokio::test]
async fn a_foreign_database_is_refused_and_left_as_it_is() {
    let home = Home::sqlite();
    let path = home.file("interdict.db");
    let db = rusqlite::Connection::open(&path).unwrap();
    db.execute_batch("CREATE TABLE theirs (x); INSERT INTO theirs VALUES (1);").unwrap();
    db.close().unwrap();
    let before = fs::read(&path).unwrap();
    assert!(refusal(&home).await.contains("not a database of Interdict"));
    assert_eq!(fs::read(&path).unwrap(), before);
}

#[tokio::test]
async fn a_file_that_is_no_database_is_refused_and_left_as_it_is() {
    let home = Home::sqlite();
    let path = home.file("interdict.db");
    fs::write(&path, "a note to myself, longer than a header would be. ".repeat(40)).unwrap();
    let before = fs::read(&path).unwrap();
    assert!(refusal(&home).await.contains("not a database of Interdict"));
    assert_eq!(fs::read(&path).unwrap(), before);
}

#[tokio::test]
async fn a_directory_in_place_of_the_file_is_refused() {
    let home = Home::sqlite();
    fs::create_dir(home.file("interdict.db")).unwrap();
    assert!(refusal(&home).await.contains("is not a file"));
}
#[tokio::test]
async fn a_file_of_a_newer_schema_is_refused_and_left_as_it_is() {
    let home = Home::sqlite();
    drop(home.open().await);
    let path = home.file("interdict.db");
    let db = rusqlite::Connection::open(&path).unwrap();
    db.pragma_update(None, "user_version", 1_000).unwrap();
    db.close().unwrap();
    let before = fs::read(&path).unwrap();
    let hint = refusal(&home).await;
    assert!(hint.contains("schema 1000"), "{hint}");
    assert_eq!(fs::read(&path).unwrap(), before);
}

#[tokio::test]
async fn a_log_that_is_checkpointed_at_rest_keeps_every_action() {
    let home = Home::sqlite();
    let (store, mut writer) = home.open().await;
    batch(&mut writer, &[create(1, 1, None)]).await;
    assert!(writer.log_pages() > 0);
    writer.rest();
    assert_eq!(writer.log_pages(), 0);
    assert_eq!(std::fs::metadata(home.file("interdict.db-wal")).unwrap().len(), 0);
    batch(&mut writer, &[report(1, 1, 5)]).await;
    assert_eq!(store.verify().await.unwrap().fault, None);
    assert_eq!(store.journal(scope(1), 0, 10).await.unwrap().len(), 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 3)]
async fn a_log_starts_anew_beside_readers_that_never_rest() {
    const PAGES: u64 = 60;
    let home = Home::sqlite();
    let mut options = SqliteOptions::new(home.file("interdict.db"), 2);
    options.checkpoint_pages = PAGES;
    let (store, mut writers) = Store::open(&options.into(), BIRTH).await.unwrap();
    let mut writer = writers.remove(0);
    batch(&mut writer, &[create(1, 1, None)]).await;
    let over = Arc::new(AtomicBool::new(false));
    let readers: Vec<_> = (0..2)
        .map(|_| {
            let (store, over) = (store.clone(), Arc::clone(&over));
            std::thread::spawn(move || {
                let mut reads = 0_u64;
                while !over.load(Ordering::Relaxed) {
                    let found = store.action(scope(1), action_id(1)).now_or_never().unwrap();
                    assert!(found.unwrap().is_some());
                    reads += 1;
                }
                reads
            })
        })
        .collect();
    let (mut longest, mut before, mut restarts) = (0, 0, 0);
    for code in 0..2_000 {
        batch(&mut writer, &[report(1, 1, code)]).await;
        let read = store.action(scope(1), action_id(1)).await.unwrap().unwrap();
        assert_eq!(read.version.sequence, i64::from(code) + 2, "a read missed an acknowledged change");
        writer.tend();
        let pages = writer.log_pages();
        longest = longest.max(pages);
        restarts += u32::from(pages < before);
        before = pages;
    }
    over.store(true, Ordering::Relaxed);
    for reader in readers {
        assert!(reader.join().unwrap() > 0);
    }
    assert!(restarts > 10 && longest < 30 * PAGES, "{restarts} restarts, {longest} pages at the most");
    assert_eq!(store.verify().await.unwrap().fault, None);
}
