//! Connections for lists and counts: each is one read's alone, made when it is needed, looked at before it is used
//! again.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use deadpool::Runtime;
use deadpool::managed::{self, Metrics, Object, PoolError, RecycleError, RecycleResult, Timeouts};
use tokio::time::{Instant, timeout, timeout_at};
use tokio_postgres_rustls::MakeRustlsConnect;

use super::{Connection, Limit, leader};
use crate::{PostgresOptions, StoreError};

/// How long a read without a deadline waits for a connection.
const WAIT: Duration = Duration::from_secs(10);
/// A connection that rested for so long is asked before it is used: a server that went away may not have said so.
const RESTED: Duration = Duration::from_secs(30);
/// How long it may take to answer then.
const ANSWER: Duration = Duration::from_secs(1);

/// Connections that are lent.
#[derive(Debug)]
pub(crate) struct Pool {
    pool: managed::Pool<Manager>,
}

/// A connection to read with.
#[derive(Debug)]
pub(crate) enum Lent {
    /// One read's alone.
    Alone(Box<Alone>),
    /// Shared with other reads.
    Shared(Arc<Connection>),
}

/// A connection that goes back to its pool when it is dropped, unless something was left unfinished on it.
#[derive(Debug)]
pub(crate) struct Alone {
    /// `None` only while it is dropped.
    object: Option<Object<Manager>>,
}

/// Makes connections, and says which may be used again.
struct Manager {
    options: PostgresOptions,
    tls: MakeRustlsConnect,
    /// Counted up when every connection there is may lead to a server that no longer takes writes.
    generation: Arc<AtomicU64>,
}

impl Pool {
    pub(crate) fn new(
        options: &PostgresOptions,
        tls: MakeRustlsConnect,
        generation: Arc<AtomicU64>,
    ) -> Result<Self, StoreError> {
        let manager = Manager { options: options.clone(), tls, generation };
        let timeouts = Timeouts { wait: Some(WAIT), create: Some(WAIT), recycle: Some(ANSWER) };
        let pool = managed::Pool::builder(manager)
            .max_size(options.readers.max(1))
            .timeouts(timeouts)
            .runtime(Runtime::Tokio1)
            .build()
            .map_err(|error| StoreError::Unavailable(error.to_string()))?;
        Ok(Self { pool })
    }

    /// A connection for reads that end by `deadline`, waiting for it included.
    pub(crate) async fn lend(&self, deadline: Option<Instant>) -> Result<Lent, StoreError> {
        let got = match deadline {
            Some(deadline) => {
                let got = timeout_at(deadline, self.pool.get()).await;
                got.map_err(|_| late())?
            }
            None => self.pool.get().await,
        };
        let mut object = got.map_err(|error| match error {
            PoolError::Backend(error) => error,
            PoolError::Timeout(_) => late(),
            other => StoreError::Unavailable(other.to_string()),
        })?;
        object.limit = deadline.map_or(Limit::Never, Limit::At);
        Ok(Lent::Alone(Box::new(Alone { object: Some(object) })))
    }
}

/// Those who read at once have a connection each, so it is the database that lets them wait.
fn late() -> StoreError {
    StoreError::Unavailable("there was no connection to the database in time".to_owned())
}

impl Lent {
    pub(crate) fn connection(&self) -> Result<&Connection, StoreError> {
        match self {
            Self::Shared(connection) => Ok(connection),
            Self::Alone(alone) => alone
                .object
                .as_deref()
                .ok_or_else(|| StoreError::Unavailable("a connection was given back too early".to_owned())),
        }
    }
}

impl Drop for Alone {
    fn drop(&mut self) {
        if let Some(object) = self.object.take()
            && object.spoiled.load(Ordering::Relaxed)
        {
            drop(Object::take(object));
        }
    }
}

impl managed::Manager for Manager {
    type Type = Connection;
    type Error = StoreError;

    async fn create(&self) -> Result<Connection, StoreError> {
        let generation = self.generation.load(Ordering::Relaxed);
        let mut connection = Connection::open(&self.options, &self.tls, None).await?;
        connection.generation = generation;
        Ok(connection)
    }

    async fn recycle(&self, connection: &mut Connection, metrics: &Metrics) -> RecycleResult<StoreError> {
        if connection.client.is_closed()
            || connection.generation != self.generation.load(Ordering::Relaxed)
            || leader::is_replaced(&self.options, connection)
        {
            return Err(RecycleError::message("the connection is gone"));
        }
        if metrics.last_used() > RESTED {
            let answer = timeout(ANSWER, connection.client.check_connection()).await;
            answer.ok().and_then(Result::ok).ok_or(RecycleError::message("the connection is dead"))?;
        }
        Ok(())
    }
}

impl std::fmt::Debug for Manager {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Manager").field("address", &self.options.address).finish_non_exhaustive()
    }
}
