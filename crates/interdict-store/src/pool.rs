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
        let connection = self.take();
        let outcome = read(&connection);
        self.put_back(connection);
        outcome
    }

    /// Reads likewise, as long as `patience` lasts.
    pub(crate) fn read_bounded<T>(
        &self,
        patience: Patience,
        read: impl FnOnce(&Connection) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        let mut connection = self.take();
        let outcome = connection.bounded(patience, read);
        self.put_back(connection);
        outcome
    }

    fn take(&self) -> Connection {
        let mut idle = self.idle();
        loop {
            match idle.pop() {
                Some(connection) => return connection,
                None => idle = self.freed.wait(idle).unwrap_or_else(PoisonError::into_inner),
            }
        }
    }

    fn put_back(&self, connection: Connection) {
        self.idle().push(connection);
        self.freed.notify_one();
    }
}
