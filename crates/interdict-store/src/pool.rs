//! Read connections, handed out one at a time.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

use crate::engine::Connection;
use crate::{Patience, StoreError};

/// Connections that wait for a reader. The last one used is handed out first: its caches are warm.
#[derive(Debug)]
pub(crate) struct Pool {
    idle: Mutex<Vec<Connection>>,
    freed: Condvar,
}

impl Pool {
    pub(crate) fn new(connections: Vec<Connection>) -> Self {
        Self { idle: Mutex::new(connections), freed: Condvar::new() }
    }

    fn idle(&self) -> MutexGuard<'_, Vec<Connection>> {
        // The list is whole even where a holder panicked: nothing happens between taking and putting back.
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Reads with the first connection that is free.
    pub(crate) fn read<T>(
        &self,
        read: impl FnOnce(&Connection) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        self.lend().with(|connection| read(connection))
    }

    /// Reads likewise, as long as `patience` lasts.
    pub(crate) fn read_bounded<T>(
        &self,
        patience: Patience,
        read: impl FnOnce(&Connection) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        self.lend().with(|connection| connection.bounded(patience, read))
    }

    fn lend(&self) -> Lent<'_> {
        let mut idle = self.idle();
        loop {
            match idle.pop() {
                Some(connection) => return Lent { pool: self, connection: Some(connection) },
                None => idle = self.freed.wait(idle).unwrap_or_else(PoisonError::into_inner),
            }
        }
    }
}

/// A connection that comes back to its pool however its use ends, by a panic too.
struct Lent<'a> {
    pool: &'a Pool,
    /// `None` only while it is dropped.
    connection: Option<Connection>,
}

impl Lent<'_> {
    fn with<T>(
        &mut self,
        read: impl FnOnce(&mut Connection) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        match &mut self.connection {
            Some(connection) => read(connection),
            None => Err(StoreError::Unavailable("a connection was given back too early".to_owned())),
        }
    }
}

impl Drop for Lent<'_> {
    fn drop(&mut self) {
        if let Some(connection) = self.connection.take() {
            self.pool.idle().push(connection);
            self.pool.freed.notify_one();
        }
    }
}
