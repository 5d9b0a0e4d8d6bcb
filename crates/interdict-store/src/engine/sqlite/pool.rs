//! Read connections, handed out one at a time.
//!
//! A read takes and gives back two locks of the write-ahead log, which costs as much as finding the row. So connections
//! of brief reads keep their read transaction open from one read to the next, as long as nothing is committed. They let
//! go of it from when a checkpoint is due until the log has started anew: it cannot beneath a transaction.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

use super::{Connection, Role};
use crate::{Patience, SqliteOptions, StoreError};

/// Connections that wait for a reader. The last one used is handed out first: its caches are warm.
#[derive(Debug)]
pub(crate) struct Pool {
    idle: Mutex<Idle>,
    freed: Condvar,
    /// Counts commits, where this process makes them all: what a transaction sees is the newest as long as it stands.
    commits: Option<Arc<AtomicU64>>,
    /// Whether connections may keep their transactions.
    keeping: AtomicBool,
}

#[derive(Debug, Default)]
struct Idle {
    readers: Vec<Reading>,
    /// Readers that wait for a connection.
    waiting: usize,
}

/// A connection, and the transaction that it may have open.
#[derive(Debug)]
struct Reading {
    connection: Connection,
    /// The number of commits that its open transaction sees at the least.
    since: Option<u64>,
}

impl Pool {
    /// Opens `size` connections to a file that is there. Where `commits` is given, they keep their transactions.
    pub(crate) fn open(
        options: &SqliteOptions,
        size: usize,
        commits: Option<Arc<AtomicU64>>,
    ) -> Result<Self, StoreError> {
        let readers = (0..size).map(|_| {
            let connection = Connection::open(&options.path, options.vfs.as_deref(), Role::Read)?;
            connection.configure(Role::Read)?;
            Ok(Reading { connection, since: None })
        });
        let readers = readers.collect::<Result<_, StoreError>>()?;
        let keeping = AtomicBool::new(commits.is_some());
        Ok(Self { idle: Mutex::new(Idle { readers, waiting: 0 }), freed: Condvar::new(), commits, keeping })
    }

    fn idle(&self) -> MutexGuard<'_, Idle> {
        // The list is whole even where a holder panicked: nothing happens between taking and putting back.
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The first connection that is free, for a read that ends with `patience`.
    pub(crate) fn lend(&self, patience: Option<Patience>) -> Result<Lent<'_>, StoreError> {
        let mut idle = self.idle();
        let reading = loop {
            match idle.readers.pop() {
                Some(reading) => break reading,
                None => {
                    idle.waiting += 1;
                    idle = self.freed.wait(idle).unwrap_or_else(PoisonError::into_inner);
                    idle.waiting -= 1;
                }
            }
        };
        drop(idle);
        let mut lent = Lent { pool: self, reading: Some(reading), limited: patience.is_some() };
        let reading = lent.reading()?;
        if let Some(commits) = &self.commits {
            reading.renew(commits.load(Ordering::Acquire))?;
        }
        if let Some(patience) = patience {
            reading.connection.limit(patience)?;
        }
        Ok(lent)
    }

    /// Has connections let go of what they see, now or when they come back, so that the log can start anew.
    pub(crate) fn let_go(&self) {
        if self.keeping.swap(false, Ordering::AcqRel) {
            for reading in &mut self.idle().readers {
                reading.end();
            }
        }
    }

    /// Has connections keep their transactions again.
    pub(crate) fn keep(&self) {
        self.keeping.store(self.commits.is_some(), Ordering::Release);
    }
}

impl Reading {
    /// Has the open transaction see what was committed before `commits` were counted.
    fn renew(&mut self, commits: u64) -> Result<(), StoreError> {
        if self.since != Some(commits) {
            self.end();
            self.connection.begin_read()?;
            self.since = Some(commits);
        }
        Ok(())
    }

    fn end(&mut self) {
        self.connection.rollback();
        self.since = None;
    }
}

/// A connection that comes back to its pool however its use ends, by a panic too.
#[derive(Debug)]
pub(crate) struct Lent<'a> {
    pool: &'a Pool,
    /// `None` only while it is dropped.
    reading: Option<Reading>,
    /// Whether its reads end with a patience.
    limited: bool,
}

impl Lent<'_> {
    pub(crate) fn connection(&mut self) -> Result<&mut Connection, StoreError> {
        self.reading().map(|reading| &mut reading.connection)
    }

    fn reading(&mut self) -> Result<&mut Reading, StoreError> {
        let given_back = || StoreError::Unavailable("a connection was given back too early".to_owned());
        self.reading.as_mut().ok_or_else(given_back)
    }
}

impl Drop for Lent<'_> {
    fn drop(&mut self) {
        let Some(mut reading) = self.reading.take() else { return };
        if self.limited
            && let Err(error) = reading.connection.unlimit()
        {
            tracing::warn!(%error, "a read connection keeps its limit");
        }
        let mut idle = self.pool.idle();
        // Looked at beneath the lock, or one could come back between the flag's change and the round of the idle ones.
        if !self.pool.keeping.load(Ordering::Acquire) {
            reading.end();
        }
        idle.readers.push(reading);
        if idle.waiting > 0 {
            self.pool.freed.notify_one();
        }
    }
}
