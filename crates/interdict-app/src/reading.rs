//! Reads that may take long.
//!
//! Most pages are found in microseconds, less than a hop to another thread costs. So a read is first tried where it
//! stands, within a small budget; what needs more starts over beside the async workers, until a deadline. Where the
//! store is a server, it has the work, and there is only the deadline.

use std::time::{Duration, Instant};

use futures_util::FutureExt as _;
use interdict_odata::QueryErrorCode;
use interdict_store::{Patience, Store, StoreError};
use tokio::sync::Semaphore;

use crate::lists::query_error;
use crate::{Error, Service};

/// How long a list or count may take.
const TIME: Duration = Duration::from_secs(2);

/// Long reads at once. One that finds no place within [`TIME`] is told to come back, so a flood of them costs
/// neither threads nor memory.
#[derive(Debug)]
pub(crate) struct LongReads(Semaphore);

impl LongReads {
    /// As many as `store` has connections for.
    pub(crate) fn of(store: &Store) -> Self {
        Self(Semaphore::new(store.long_reads()))
    }
}

impl Service {
    /// Runs `read`, which may run twice. `$filter` is at fault where it takes too long.
    pub(crate) async fn read<T, F>(
        &self,
        read: impl Fn(Store, Patience) -> F + Send + 'static,
    ) -> Result<T, Error>
    where
        T: Send + 'static,
        F: Future<Output = Result<T, StoreError>> + Send + 'static,
    {
        match self.read_in_time(read).await? {
            Err(StoreError::Deadline) => Err(query_error(
                "$filter",
                QueryErrorCode::LimitExceeded,
                "the query takes too long; narrow its filter, or leave out the count",
            )),
            outcome => Ok(outcome?),
        }
    }

    /// Runs `read`, which may run twice; what the store said, in [`TIME`].
    pub(crate) async fn read_in_time<T, F>(
        &self,
        read: impl Fn(Store, Patience) -> F + Send + 'static,
    ) -> Result<Result<T, StoreError>, Error>
    where
        T: Send + 'static,
        F: Future<Output = Result<T, StoreError>> + Send + 'static,
    {
        if self.store.blocks() {
            match read(self.store.clone(), Patience::Brief).await {
                Err(StoreError::Deadline) => {}
                outcome => return Ok(outcome),
            }
        }
        let deadline = Instant::now() + TIME;
        let place = tokio::time::timeout(TIME, self.long_reads.0.acquire()).await;
        let Ok(Ok(_place)) = place else { return Err(Error::Busy) };
        if self.store.blocks() {
            let store = self.store.clone();
            // A store that blocks has its answer when it is first asked.
            let blocking = move || read(store, Patience::Until(deadline)).now_or_never();
            match tokio::task::spawn_blocking(blocking).await {
                Ok(Some(outcome)) => Ok(outcome),
                Ok(None) => Err(Error::Internal("a read that blocks did not end".to_owned())),
                Err(error) => Err(Error::Internal(error.to_string())),
            }
        } else {
            Ok(read(self.store.clone(), Patience::Until(deadline)).await)
        }
    }
}
