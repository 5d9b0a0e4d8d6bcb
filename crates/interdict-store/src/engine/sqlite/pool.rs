//! Read connections, handed out one at a time.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

use super::{Connection, Role};
use crate::{Patience, SqliteOptions, StoreError};

/// Connections that wait for a reader. The last one used is handed out first: its caches are warm.
#[derive(Debug)]
pub(crate) struct Pool {
    idle: Mutex<Vec<Connection>>,
    freed: Condvar,
}

impl Pool {
    /// Opens `size` connections to a file that is there.
    pub(crate) fn open(options: &SqliteOptions, size: usize) -> Result<Self, StoreError> {
        let connections = (0..size).map(|_| {
            let connection = Connection::open(&options.path, options.vfs.as_deref(), Role::Read)?;
            connection.configure(Role::Read)?;
            Ok(connection)
        });
        let idle = Mutex::new(connections.collect::<Result<_, StoreError>>()?);
        Ok(Self { idle, freed: Condvar::new() })
    }

    fn idle(&self) -> MutexGuard<'_, Vec<Connection>> {
        // The list is whole even where a holder panicked: nothing happens between taking and putting back.
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The first connection that is free, for a read that ends with `patience`.
    pub(crate) fn lend(&self, patience: Option<Patience>) -> Result<Lent<'_>, StoreError> {
        let mut idle = self.idle();
        let connection = loop {
            match idle.pop() {
                Some(connection) => break connection,
                None => idle = self.freed.wait(idle).unwrap_or_else(PoisonError::into_inner),
            }
        };
        drop(idle);
        let mut lent = Lent { pool: self, connection: Some(connection), limited: patience.is_some() };
        if let Some(patience) = patience {
            lent.connection()?.limit(patience)?;
        }
        Ok(lent)
    }
}

/// A connection that comes back to its pool however its use ends, by a panic too.
#[derive(Debug)]
pub(crate) struct Lent<'a> {
    pool: &'a Pool,
    /// `None` only while it is dropped.
    connection: Option<Connection>,
    /// Whether its reads end with a patience.
    limited: bool,
}

impl Lent<'_> {
    pub(crate) fn connection(&mut self) -> Result<&mut Connection, StoreError> {
        let given_back = || StoreError::Unavailable("a connection was given back too early".to_owned());
        self.connection.as_mut().ok_or_else(given_back)
    }
}

impl Drop for Lent<'_> {
    fn drop(&mut self) {
        let Some(mut connection) = self.connection.take() else { return };
        connection.rollback();
        if self.limited
            && let Err(error) = connection.unlimit()
        {
            tracing::warn!(%error, "a read connection keeps its limit");
        }
        self.pool.idle().push(connection);
        self.pool.freed.notify_one();
    }
}
