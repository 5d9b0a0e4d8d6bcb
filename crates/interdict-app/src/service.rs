//! The service: what the floors above call.

use std::sync::Arc;

use interdict_model::clock::{Clock, Ids};
use interdict_model::command::Operation;
use interdict_model::view::Answer;
use interdict_model::{Actor, Command, RequestId};
use interdict_store::{Store, Writer};

use crate::Error;
use crate::committer::{CommitObserver, Committer};
use crate::page::Pages;
use crate::reading::LongReads;

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
pub struct Service {
    pub(crate) store: Store,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) ids: Arc<dyn Ids>,
    pub(crate) pages: Pages,
    pub(crate) long_reads: LongReads,
    committer: Committer,
}

impl Service {
    /// Starts the committer on the current runtime.
    #[must_use]
    pub fn start(
        store: Store,
        writers: Vec<Writer>,
        clock: Arc<dyn Clock>,
        ids: Arc<dyn Ids>,
        observer: Arc<dyn CommitObserver>,
    ) -> Arc<Self> {
        let pages = Pages::new(store.skip_token_key(), store.epoch());
        let committer = Committer::start(writers, Arc::clone(&clock), observer);
        let long_reads = LongReads::of(&store);
        Arc::new(Self { store, clock, ids, pages, long_reads, committer })
    }

    /// Takes no more commands, commits what waits, and ends the committer.
    pub async fn stop(&self) {
        self.committer.stop().await;
    }

    /// Why writes are not accepted now; empty where all is well.
    #[must_use]
    pub fn unready(&self) -> Vec<String> {
        let closed = (!self.committer.is_open()).then(|| "no commands are taken".to_owned());
        self.store.stopped().into_iter().chain(closed).collect()
    }

    /// Has an operation decided and committed.
    pub(crate) async fn commit(
        &self,
        actor: Actor,
        request: RequestId,
        operation: Operation,
    ) -> Result<Answer, Error> {
        self.committer.submit(Command { actor, request, operation }).await
    }
}
