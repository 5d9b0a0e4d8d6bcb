//! The service: what the floors above call.

use std::sync::Arc;

use interdict_model::clock::{Clock, Ids};
use interdict_model::{Actor, RequestId};
use interdict_store::{Store, Writer};

use crate::committer::CommitObserver;

/// Who asks, and under which request id.
#[derive(Clone, Debug)]
pub struct Caller {
    /// Who.
    pub actor: Arc<Actor>,
    /// The request.
    pub request: RequestId,
}

/// The use cases over one store.
#[derive(Debug)]
pub struct Service {}

impl Service {
    /// Starts the committer on its own thread.
    #[must_use]
    pub fn start(
        _store: Store,
        _writer: Writer,
        _clock: Arc<dyn Clock>,
        _ids: Arc<dyn Ids>,
        _observer: Arc<dyn CommitObserver>,
    ) -> Arc<Self> {
        todo!()
    }

    /// Takes no more commands, commits what waits, and ends the committer's thread.
    pub async fn stop(&self) {
        todo!()
    }

    /// Why writes are not accepted now; empty where all is well.
    #[must_use]
    pub fn unready(&self) -> Vec<String> {
        todo!()
    }
}
