//! Reads that may take long.
//!
//! Most pages are found in microseconds, less than a hop to another thread costs. So a read is first tried where it
//! stands, within a small budget; what needs more starts over beside the async workers, until a deadline.

use std::time::{Duration, Instant};

use interdict_odata::QueryErrorCode;
use interdict_store::{Patience, Store, StoreError};
use tokio::sync::Semaphore;

use crate::actions::query_error;
use crate::{Error, Service};

/// How long a list or count may take.
const TIME: Duration = Duration::from_secs(2);

/// Long reads at once. One that finds no place within [`TIME`] is told to come back, so a flood of them costs
/// neither threads nor memory.
#[derive(Debug)]
pub(crate) struct LongReads(Semaphore);

impl LongReads {
    pub(crate) const fn new() -> Self {
        Self(Semaphore::const_new(interdict_store::LONG_READS))
    }
}

impl Service {
    /// Runs `read`, which may run twice.
    pub(crate) async fn read<T: Send + 'static>(
        &self,
        read: impl Fn(&Store, Patience) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, Error> {
        match read(&self.store, Patience::Brief) {
            Err(StoreError::Deadline) => {}
            outcome => return Ok(outcome?),
        }
        let deadline = Instant::now() + TIME;
        let place = tokio::time::timeout(TIME, self.long_reads.0.acquire()).await;
        let Ok(Ok(_place)) = place else { return Err(Error::Busy) };
        let store = self.store.clone();
        match tokio::task::spawn_blocking(move || read(&store, Patience::Until(deadline))).await {
            Ok(Err(StoreError::Deadline)) => Err(query_error(
                "$filter",
                QueryErrorCode::LimitExceeded,
                "the query takes too long; narrow its filter, or leave out the count",
            )),
            Ok(outcome) => Ok(outcome?),
            Err(error) => Err(Error::Internal(error.to_string())),
        }
    }
}
