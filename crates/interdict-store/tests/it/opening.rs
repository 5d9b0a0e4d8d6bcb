//! Opening: what a store keeps, and what it refuses without touching it.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use interdict_store::{Birth, Store, StoreError};

use crate::support::{Home, action_id, batch, create, scope};

fn refusal(home: &Home) -> String {
    match home.try_open() {
        Err(StoreError::Refused(hint)) => hint,
        other => panic!("expected a refusal, got {other:?}"),
    }
}

#[test]
fn a_store_keeps_its_actions_and_its_birth_when_it_is_opened_again() {
    let home = Home::new();
    let (store, mut writer) = home.open();
    batch(&mut writer, &[create(1, 10, None)]);
    let before = store.action(scope(1), action_id(10)).unwrap().unwrap();
    drop((store, writer));

    let other_birth = Birth { epoch: 99, skip_token_key: [1; 32] };
    let (store, _writer) = Store::open(&home.options(), other_birth).unwrap();
    assert_eq!(store.action(scope(1), action_id(10)).unwrap().unwrap(), before);
    assert_eq!((store.epoch(), store.skip_token_key()), (7, &[9; 32]));
}

#[test]
fn the_files_are_readable_by_their_owner_alone() {
    let home = Home::new();
    let (_store, mut writer) = home.open();
    batch(&mut writer, &[create(1, 10, None)]);
    for name in ["interdict.db", "interdict.db-wal", "interdict.db-shm", "lock"] {
        let mode = fs::metadata(home.file(name)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{name}");
    }
}

#[test]
fn a_store_that_is_open_is_refused_to_a_second_opener() {
    let home = Home::new();
    let held = home.open();
    let hint = refusal(&home);
    assert!(hint.contains("lock") && hint.contains("another process"), "{hint}");
    drop(held);
    home.open();
}

#[test]
fn a_reader_may_open_beside_a_running_writer() {
    let home = Home::new();
    let (_store, mut writer) = home.open();
    batch(&mut writer, &[create(1, 10, None)]);
    let reader = Store::open_read_only(&home.options()).unwrap();
    assert!(reader.action(scope(1), action_id(10)).unwrap().is_some());
}

#[test]
fn a_foreign_database_is_refused_and_left_as_it_is() {
    let home = Home::new();
    let path = home.file("interdict.db");
    let db = rusqlite::Connection::open(&path).unwrap();
    db.execute_batch("CREATE TABLE theirs (x); INSERT INTO theirs VALUES (1);").unwrap();
    db.close().unwrap();
    let before = fs::read(&path).unwrap();
    assert!(refusal(&home).contains("not a database of Interdict"));
    assert_eq!(fs::read(&path).unwrap(), before);
}

#[test]
fn a_file_that_is_no_database_is_refused_and_left_as_it_is() {
    let home = Home::new();
    let path = home.file("interdict.db");
    fs::write(&path, "a note to myself, longer than a header would be. ".repeat(40)).unwrap();
    let before = fs::read(&path).unwrap();
    assert!(refusal(&home).contains("not a database of Interdict"));
    assert_eq!(fs::read(&path).unwrap(), before);
}

#[test]
fn a_newer_schema_is_refused_and_left_as_it_is() {
    let home = Home::new();
    drop(home.open());
    let path = home.file("interdict.db");
    let db = rusqlite::Connection::open(&path).unwrap();
    db.pragma_update(None, "user_version", 1_000).unwrap();
    db.close().unwrap();
    let before = fs::read(&path).unwrap();
    let hint = refusal(&home);
    assert!(hint.contains("schema 1000"), "{hint}");
    assert_eq!(fs::read(&path).unwrap(), before);
}

#[test]
fn a_migration_that_is_not_the_recorded_one_is_refused() {
    let home = Home::new();
    drop(home.open());
    home.tamper("UPDATE migration SET sha256 = zeroblob(32)");
    assert!(refusal(&home).contains("another build"));
}

#[test]
fn a_directory_in_place_of_the_file_is_refused() {
    let home = Home::new();
    fs::create_dir(home.file("interdict.db")).unwrap();
    assert!(refusal(&home).contains("is not a file"));
}
