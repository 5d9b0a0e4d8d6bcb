//! The service: what the floors above call.

use std::sync::atomic::AtomicU64;
use std::sync::{Arc, PoisonError};

use interdict_model::clock::{Clock, Ids};
use interdict_model::command::Operation;
use interdict_model::guard::ProtectedTarget;
use interdict_model::view::Answer;
use interdict_model::{Actor, Command, RequestId};
use interdict_store::{Store, Writer};

use crate::Error;
use crate::committer::{CommitObserver, Committer, Own, Wakes};
use crate::leases::Noted;
use crate::page::Pages;
use crate::reading::LongReads;
use crate::silence::Heard;

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
    pub(crate) wakes: Arc<Wakes>,
    pub(crate) noted: Noted,
    pub(crate) heard: Heard,
    /// Tenants that have not confirmed what was restored.
    pub(crate) unsure: AtomicU64,
    own: Own,
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
        let wakes = Arc::<Wakes>::default();
        let own = Own::default();
        let (told, shared) = (Arc::clone(&wakes), Arc::clone(&own));
        let committer = Committer::start(writers, Arc::clone(&clock), observer, told, shared);
        let long_reads = LongReads::of(&store);
        Arc::new(Self {
            store,
            clock,
            ids,
            pages,
            long_reads,
            wakes,
            own,
            noted: Noted::default(),
            heard: Heard::default(),
            unsure: AtomicU64::new(0),
            committer,
        })
    }

    /// Takes no more commands, commits what waits, and ends the committer.
    pub async fn stop(&self) {
        self.committer.stop().await;
    }

    /// Protects these from every action of every tenant, from now on and as long as the service runs.
    pub fn protect(&self, own: Vec<ProtectedTarget>) {
        *self.own.write().unwrap_or_else(PoisonError::into_inner) = own.into();
    }

    /// What is protected wherever this node is.
    #[must_use]
    pub fn own_targets(&self) -> Arc<[ProtectedTarget]> {
        Arc::clone(&self.own.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// The store's epoch, which cursors carry.
    #[must_use]
    pub fn epoch(&self) -> u32 {
        self.store.epoch()
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
        match self.committer.submit(Command { actor, request, operation }).await? {
            // It was noted, and is none the less refused.
            Answer::Refused(refusal) => Err(refusal.into()),
            answer => Ok(answer),
        }
    }
}
