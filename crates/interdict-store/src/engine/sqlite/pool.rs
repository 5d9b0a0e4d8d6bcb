//! Read connections, handed out one at a time.
//!
//! A read takes and gives back two locks of the write-ahead log, which costs as much as finding the row. So connections
//! of brief reads keep their read transaction open from one read to the next, as long as nothing is committed. They let
//! go of it from when a checkpoint is due until the log has started anew: it cannot beneath a transaction.

use std::cell::Cell;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

use super::{Connection, Role};
use crate::{Patience, SqliteOptions, StoreError};

thread_local! {
    /// The place where a thread last found a connection. Threads that meet at one part there, so that a connection and all
    /// that it caches stay with one thread, and no two take turns at a lock.
    static HOME: Cell<usize> = const { Cell::new(0) };
}

/// Connections that wait for a reader.
#[derive(Debug)]
pub(crate) struct Pool {
    places: Box<[Place]>,
    /// Readers that wait for a connection, on `freed` and beneath `gate`.
    waiting: AtomicUsize,
    gate: Mutex<()>,
    freed: Condvar,
    /// Counts commits, where this process makes them all: what a transaction sees is the newest as long as it stands.
    commits: Option<Arc<AtomicU64>>,
    /// Whether connections may keep their transactions.
    keeping: AtomicBool,
}

/// Where a connection waits, apart from its neighbours: two lines of a cache are fetched together.
#[derive(Debug)]
#[repr(align(128))]
struct Place(Mutex<Option<Reading>>);

impl Place {
    fn lock(&self) -> MutexGuard<'_, Option<Reading>> {
        // The place is whole even where a holder panicked: nothing happens between taking and putting back.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
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
        let places = (0..size).map(|_| {
            let connection = Connection::open(&options.path, options.vfs.as_deref(), Role::Read)?;
            connection.configure(Role::Read)?;
            Ok(Place(Mutex::new(Some(Reading { connection, since: None }))))
        });
        let places = places.collect::<Result<_, StoreError>>()?;
        let keeping = AtomicBool::new(commits.is_some());
        Ok(Self {
            places,
            waiting: AtomicUsize::new(0),
            gate: Mutex::new(()),
            freed: Condvar::new(),
            commits,
            keeping,
        })
    }

    /// A connection that is free, for a read that ends with `patience`.
    pub(crate) fn lend(&self, patience: Option<Patience>) -> Result<Lent<'_>, StoreError> {
        let (place, reading) = self.take().unwrap_or_else(|| self.wait());
        let mut lent = Lent { pool: self, place, reading: Some(reading), limited: patience.is_some() };
        let reading = lent.reading()?;
        if let Some(commits) = &self.commits {
            reading.renew(commits.load(Ordering::Acquire))?;
        }
        if let Some(patience) = patience {
            reading.connection.limit(patience)?;
        }
        Ok(lent)
    }

    /// The first connection that is free, beginning where this thread found one last.
    fn take(&self) -> Option<(&Place, Reading)> {
        let home = HOME.get() % self.places.len().max(1);
        let places = self.places.iter().enumerate();
        let mut places = places.clone().skip(home).chain(places.take(home));
        let (index, place, reading) =
            places.find_map(|(index, place)| Some((index, place, place.lock().take()?)))?;
        HOME.set(index);
        Some((place, reading))
    }

    fn wait(&self) -> (&Place, Reading) {
        let mut gate = self.gate.lock().unwrap_or_else(PoisonError::into_inner);
        // Who gives back looks at this after the place is filled: either it sees this reader, or this reader the connection.
        self.waiting.fetch_add(1, Ordering::SeqCst);
        let taken = loop {
            if let Some(taken) = self.take() {
                break taken;
            }
            gate = self.freed.wait(gate).unwrap_or_else(PoisonError::into_inner);
        };
        self.waiting.fetch_sub(1, Ordering::SeqCst);
        taken
    }

    /// Has connections let go of what they see, now or when they come back, so that the log can start anew.
    pub(crate) fn let_go(&self) {
        if self.keeping.swap(false, Ordering::AcqRel) {
            for place in &self.places {
                if let Some(reading) = &mut *place.lock() {
                    reading.end();
                }
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
    place: &'a Place,
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
        let mut place = self.place.lock();
        // Looked at beneath the lock, or one could come back between the flag's change and the round of the places.
        if !self.pool.keeping.load(Ordering::Acquire) {
            reading.end();
        }
        *place = Some(reading);
        drop(place);
        if self.pool.waiting.load(Ordering::SeqCst) > 0 {
            // Beneath the gate, or a reader between its look and its sleep would miss this.
            let _gate = self.pool.gate.lock().unwrap_or_else(PoisonError::into_inner);
            self.pool.freed.notify_one();
        }
    }
}

#[cfg(test)]
mod tests;
