use std::path::{Path, PathBuf};

use crate::program;

/// The database and its log; looking at a database in WAL mode makes an empty log beside it, which says nothing.
fn snapshot(directory: &Path) -> [Vec<u8>; 2] {
    ["interdict.db", "interdict.db-wal"].map(|name| std::fs::read(directory.join(name)).unwrap_or_default())
}

/// A start over `directory` ends with a clear refusal and leaves the database files as they were.
fn refused(directory: &Path, status: i32, expected: &str) {
    let before = snapshot(directory);
    let path = directory.to_str().unwrap();
    let finished = program().run(&["serve", "--listen", "127.0.0.1:0", "--data-dir", path]);
    assert_eq!(finished.status.code(), Some(status), "{}", finished.stderr);
    assert!(finished.stderr.contains("error: cannot open the store: "), "{}", finished.stderr);
    assert!(finished.stderr.contains(expected), "{}", finished.stderr);
    assert_eq!(finished.stdout, "");
    assert!(snapshot(directory) == before, "the refused start changed a file");
    assert!(!directory.join("bootstrap.json.new").exists());
}

fn served_once() -> (tempfile::TempDir, PathBuf) {
    let directory = tempfile::tempdir().unwrap();
    let _ = program().serve(directory.path()).terminate();
    let database = directory.path().join("interdict.db");
    (directory, database)
}

#[test]
fn another_programs_database_is_refused_untouched() {
    let directory = tempfile::tempdir().unwrap();
    let database = rusqlite::Connection::open(directory.path().join("interdict.db")).unwrap();
    database.execute_batch("CREATE TABLE bookmark (url TEXT); INSERT INTO bookmark VALUES ('x')").unwrap();
    drop(database);
    refused(directory.path(), 1, "");
}

#[test]
fn a_newer_database_is_refused_untouched() {
    let (directory, path) = served_once();
    let database = rusqlite::Connection::open(&path).unwrap();
    database.pragma_update(None, "user_version", 9_999).unwrap();
    drop(database);
    refused(directory.path(), 2, "newer");
}

#[test]
fn a_truncated_database_is_refused_untouched() {
    let (directory, path) = served_once();
    let length = std::fs::metadata(&path).unwrap().len();
    std::fs::OpenOptions::new().write(true).open(&path).unwrap().set_len(length / 2).unwrap();
    refused(directory.path(), 1, "");
}

#[test]
fn a_file_that_is_no_database_is_refused_untouched() {
    let directory = tempfile::tempdir().unwrap();
    std::fs::write(directory.path().join("interdict.db"), "not a database at all\n".repeat(1_000)).unwrap();
    refused(directory.path(), 1, "");
}

#[test]
fn a_directory_in_place_of_the_database_is_refused() {
    let directory = tempfile::tempdir().unwrap();
    std::fs::create_dir(directory.path().join("interdict.db")).unwrap();
    refused(directory.path(), 1, "");
}
