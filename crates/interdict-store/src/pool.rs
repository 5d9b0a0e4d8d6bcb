//! Read connections, handed out one at a time.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use crate::StoreError;
use crate::engine::Connection;

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
        let mut idle = self.idle();
        let connection = loop {
            match idle.pop() {
                Some(connection) => break connection,
                None => idle = self.freed.wait(idle).unwrap_or_else(PoisonError::into_inner),
            }
        };
        drop(idle);
        let outcome = read(&connection);
        self.put_back(connection);
        outcome
    }

    /// Reads likewise, waiting included, until `deadline`.
    pub(crate) fn read_until<T>(
        &self,
        deadline: Instant,
        read: impl FnOnce(&Connection) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        let mut idle = self.idle();
        let mut connection = loop {
            if let Some(connection) = idle.pop() {
                break connection;
            }
            let left = deadline.checked_duration_since(Instant::now()).ok_or(StoreError::Deadline)?;
            (idle, _) = self.freed.wait_timeout(idle, left).unwrap_or_else(PoisonError::into_inner);
        };
        drop(idle);
        let outcome = connection.until(deadline, read);
        self.put_back(connection);
        outcome
    }

    fn put_back(&self, connection: Connection) {
        self.idle().push(connection);
        self.freed.notify_one();
    }
}
