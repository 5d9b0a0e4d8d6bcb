#![allow(clippy::unwrap_used, reason = "tests")]

use std::sync::Barrier;
use std::sync::mpsc::{TryRecvError, channel};
use std::thread;

use super::*;

/// A pool of that size over a file of its own.
fn pool(size: usize) -> (tempfile::TempDir, Pool) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.db");
    let db = rusqlite::Connection::open(&path).unwrap();
    db.execute_batch("PRAGMA journal_mode = wal; CREATE TABLE a (b)").unwrap();
    (folder, Pool::open(&SqliteOptions::new(path, size), size, None).unwrap())
}

fn index(lent: &Lent<'_>) -> usize {
    lent.pool.places.iter().position(|place| std::ptr::eq(place, lent.place)).unwrap()
}

#[test]
fn threads_that_met_once_have_a_connection_each() {
    let (_folder, pool) = pool(2);
    let together = Barrier::new(2);
    let places = || {
        let first = pool.lend(None).unwrap();
        together.wait();
        let home = index(&first);
        drop(first);
        together.wait();
        (0..100).all(|_| index(&pool.lend(None).unwrap()) == home).then_some(home)
    };
    let (one, other) = thread::scope(|scope| {
        let (one, other) = (scope.spawn(places), scope.spawn(places));
        (one.join().unwrap(), other.join().unwrap())
    });
    assert_eq!(one.unwrap() + other.unwrap(), 1);
}

#[test]
fn readers_map_more_of_a_file_than_sqlite_does_by_itself() {
    let (_folder, pool) = pool(1);
    let mut lent = pool.lend(None).unwrap();
    let connection = lent.connection().unwrap();
    let mapped = connection.first("PRAGMA mmap_size", &[], |row| row.integer(0)).unwrap();
    assert_eq!(mapped, Some(1 << 40));
}

#[test]
fn whoever_finds_none_waits_for_one() {
    let (_folder, pool) = pool(1);
    let lent = pool.lend(None).unwrap();
    thread::scope(|scope| {
        let (tell, told) = channel();
        for _ in 0..3 {
            let tell = tell.clone();
            scope.spawn(|| {
                let lent = pool.lend(None).unwrap();
                tell.send(index(&lent)).unwrap();
                drop((lent, tell));
            });
        }
        while pool.waiting.load(Ordering::SeqCst) < 3 {
            thread::yield_now();
        }
        assert_eq!(told.try_recv(), Err(TryRecvError::Empty));
        drop((lent, tell));
        assert_eq!(told.iter().collect::<Vec<_>>(), [0, 0, 0]);
    });
    assert_eq!(pool.waiting.load(Ordering::SeqCst), 0);
}
