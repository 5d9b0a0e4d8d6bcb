//! Connections for reads by key, shared by all who read at once: statements are sent without waiting for the answers to
//! earlier ones, so that many reads share a system call on both sides. None of them can be long.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::Duration;

use tokio::sync::Mutex;
use tokio::time::timeout;
use tokio_postgres_rustls::MakeRustlsConnect;

use super::{Connection, Lent, Limit, leader};
use crate::{PostgresOptions, StoreError};

/// How many there are.
const CONNECTIONS: usize = 2;
/// How long a read by key may take, waiting for a connection included.
const BRIEF: Duration = Duration::from_secs(5);
/// The server's own limit, for reads that nobody waits for any more.
const SETTINGS: &str = "SET statement_timeout = '10s'";

/// Connections that are shared.
pub(crate) struct Shared {
    slots: [Mutex<Option<Arc<Connection>>>; CONNECTIONS],
    next: AtomicUsize,
    options: PostgresOptions,
    tls: MakeRustlsConnect,
    /// Counted up when every connection there is may lead to a server that no longer takes writes.
    generation: Arc<AtomicU64>,
}

impl Shared {
    pub(crate) fn new(options: &PostgresOptions, tls: MakeRustlsConnect, generation: Arc<AtomicU64>) -> Self {
        Self {
            slots: Default::default(),
            next: AtomicUsize::new(0),
            options: options.clone(),
            tls,
            generation,
        }
    }

    /// One of them, in turn; made where it is not there.
    pub(crate) async fn lend(&self) -> Result<Lent, StoreError> {
        let turn = self.next.fetch_add(1, Ordering::Relaxed) % CONNECTIONS;
        let Some(slot) = self.slots.get(turn) else {
            return Err(StoreError::Unavailable("there is no connection".to_owned()));
        };
        // Those who come while it is made wait for it; `bounded` counts from where they have it.
        let lent = timeout(BRIEF, async {
            let mut slot = slot.lock().await;
            let generation = self.generation.load(Ordering::Relaxed);
            if let Some(connection) = &*slot
                && !connection.client.is_closed()
                && connection.generation == generation
                && !leader::is_replaced(&self.options, connection)
            {
                return Ok(Arc::clone(connection));
            }
            let mut connection = Connection::open(&self.options, &self.tls, None).await?;
            if !self.options.pooler {
                connection.script(SETTINGS).await?;
                connection.reach_by_key().await?;
            }
            connection.generation = generation;
            connection.limit = Limit::After(BRIEF);
            Ok(Arc::clone(slot.insert(Arc::new(connection))))
        });
        lent.await.unwrap_or(Err(StoreError::Deadline)).map(Lent::Shared)
    }
}

impl std::fmt::Debug for Shared {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Shared").field("address", &self.options.address).finish_non_exhaustive()
    }
}
