//! An SQLite store's files: whose they are, and what is refused without touching it.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use interdict_store::StoreError;

use crate::support::{Home, batch, create, report, scope};

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
