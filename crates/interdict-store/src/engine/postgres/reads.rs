//! Reads of actions by key, many in one statement: whoever asks while the last statement is on its way goes with the
//! next one. A statement costs a round trip and a turn of the server however many rows it finds.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use bytes::Bytes;
use interdict_model::ActionId;
use tokio::sync::{mpsc, oneshot};
use tokio::time::timeout;

use super::parameter::Array;
use super::{Lent, Shared};
use crate::engine::Row;
use crate::{StoreError, dialect, tables};

/// Statements on their way at once.
const QUEUES: usize = 2;
/// Reads that may wait in each.
const WAITING: usize = 4_096;
/// Keys in one statement.
const KEYS: usize = 64;
/// How long a read may take.
const BRIEF: Duration = Duration::from_secs(5);

/// The sequence and the document of an action.
pub(crate) type Found = (i64, Bytes);

/// Where reads are asked for.
#[derive(Debug)]
pub(crate) struct Reads {
    queues: [mpsc::Sender<Ask>; QUEUES],
    next: AtomicUsize,
}

#[derive(Debug)]
struct Ask {
    tenant: i64,
    id: ActionId,
    reply: oneshot::Sender<Result<Option<Found>, StoreError>>,
}

impl Reads {
    /// Reads on these connections, on the current runtime, until it is dropped.
    pub(crate) fn start(shared: &Arc<Shared>) -> Self {
        let queues = std::array::from_fn(|_| {
            let (queue, asks) = mpsc::channel(WAITING);
            tokio::spawn(answer_all(Arc::clone(shared), asks));
            queue
        });
        Self { queues, next: AtomicUsize::new(0) }
    }

    /// One action.
    pub(crate) async fn get(&self, tenant: i64, id: ActionId) -> Result<Option<Found>, StoreError> {
        let gone = || StoreError::Unavailable("reads have ended".to_owned());
        let turn = self.next.fetch_add(1, Ordering::Relaxed) % QUEUES;
        let (reply, answer) = oneshot::channel();
        let queue = self.queues.get(turn).ok_or_else(gone)?;
        // A full queue waits for more than a node can answer in time.
        queue.try_send(Ask { tenant, id, reply }).map_err(|_| StoreError::Deadline)?;
        match timeout(BRIEF, answer).await {
            Ok(Ok(answer)) => answer,
            Ok(Err(_)) => Err(gone()),
            Err(_) => Err(StoreError::Deadline),
        }
    }
}

async fn answer_all(shared: Arc<Shared>, mut asks: mpsc::Receiver<Ask>) {
    let mut batch = Vec::with_capacity(KEYS);
    while asks.recv_many(&mut batch, KEYS).await > 0 {
        let outcome = timeout(BRIEF, find(&shared, &batch)).await.unwrap_or(Err(StoreError::Deadline));
        match outcome {
            Ok(found) => {
                for (ask, found) in batch.drain(..).zip(found) {
                    // A caller that went away needs no answer.
                    drop(ask.reply.send(Ok(found)));
                }
            }
            Err(error) => {
                for ask in batch.drain(..) {
                    drop(ask.reply.send(Err(error.clone())));
                }
            }
        }
    }
}

/// What there is of each, in order.
async fn find(shared: &Shared, batch: &[Ask]) -> Result<Vec<Option<Found>>, StoreError> {
    let lent: Lent = shared.lend().await?;
    let keys = [
        Array::Integers(batch.iter().map(|ask| Some(ask.tenant)).collect()),
        Array::Uuids(batch.iter().map(|ask| ask.id.0).collect()),
    ];
    let rows = lent.connection()?.collect(dialect::read_rows(&tables::DOCUMENT), &keys).await?;
    let mut found = vec![None; batch.len()];
    for row in &rows {
        let row = Row::Postgres(row);
        let document = Bytes::copy_from_slice(row.text_bytes(1)?);
        let unasked = || StoreError::Corrupt("the database answered a key that was not asked for".to_owned());
        let index = usize::try_from(row.integer(2)?).ok().and_then(|ordinal| ordinal.checked_sub(1));
        *index.and_then(|index| found.get_mut(index)).ok_or_else(unasked)? =
            Some((row.integer(0)?, document));
    }
    Ok(found)
}
