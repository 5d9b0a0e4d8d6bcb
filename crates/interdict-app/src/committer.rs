//! The committer: every waiting command in one durable transaction.
//!
//! It has a lane for each of the store's writers. While few commands wait all take the first one, since a full batch costs
//! little more than a small one; while there are many, each tenant has a lane. A lane takes what arrived while its last
//! commit ran (there is no timer), loads what the commands must see, decides each in turn, commits once and answers all.

mod alerts;
mod lane;
mod waiting;
mod wakes;

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::Duration;

use interdict_model::clock::Clock;
use interdict_model::guard::ProtectedTarget;
use interdict_model::view::{Answer, Turn};
use interdict_model::{Command, TenantId};
use interdict_store::Writer;
use tokio::runtime::Handle;
use tokio::sync::mpsc::error::TrySendError;
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinHandle;
use tokio::time::timeout;

use crate::Error;
use lane::Lane;
use waiting::Waiting;
pub(crate) use wakes::Wakes;

/// Commands that may wait in a lane.
const QUEUE: usize = 4_096;
/// How long a command may wait until it is begun; and how long a batch is decided anew.
const PATIENCE: Duration = Duration::from_secs(5);

/// What is protected wherever this node is.
pub(crate) type Own = Arc<RwLock<Arc<[ProtectedTarget]>>>;

/// Told about every commit, for metrics.
pub trait CommitObserver: Send + Sync + std::fmt::Debug {
    /// A batch of `commands` was committed in `seconds`, its write-ahead log holding `wal_pages` afterwards.
    fn committed(&self, commands: usize, seconds: f64, wal_pages: u64);
    /// A batch could not be committed.
    fn failed(&self, commands: usize);
    /// An action or an effect came to another state, as was committed.
    fn turned(&self, turn: &Turn);
}

/// The lanes, as the use cases see them.
#[derive(Debug)]
pub(crate) struct Committer {
    lanes: Vec<Entrance>,
    waiting: Waiting,
}

/// Where commands enter a lane.
#[derive(Debug)]
struct Entrance {
    /// `None` once no more commands are taken.
    queue: RwLock<Option<mpsc::Sender<Job>>>,
    task: Mutex<Option<JoinHandle<()>>>,
}

/// A command and whom to answer.
#[derive(Debug)]
struct Job {
    command: Command,
    reply: oneshot::Sender<Result<Answer, Error>>,
    claim: Arc<Claim>,
}

/// Who has a command's fate: the lane that begins it, or the caller who gives up before that.
#[derive(Debug, Default)]
struct Claim(AtomicBool);

impl Claim {
    /// Whether it is taken now, and by nobody before.
    fn take(&self) -> bool {
        !self.0.swap(true, Ordering::SeqCst)
    }
}

impl Committer {
    /// Starts the lanes on the current runtime.
    pub(crate) fn start(
        writers: Vec<Writer>,
        clock: Arc<dyn Clock>,
        observer: Arc<dyn CommitObserver>,
        wakes: Arc<Wakes>,
        own: Own,
    ) -> Self {
        let enter = move |writer| {
            let lane = Lane {
                writer,
                clock: Arc::clone(&clock),
                observer: Arc::clone(&observer),
                wakes: Arc::clone(&wakes),
                own: Arc::clone(&own),
            };
            Entrance::open(lane)
        };
        Self { lanes: writers.into_iter().map(enter).collect(), waiting: Waiting::default() }
    }

    /// Whether commands are taken.
    pub(crate) fn is_open(&self) -> bool {
        !self.lanes.is_empty() && self.lanes.iter().all(Entrance::is_open)
    }

    /// Has the command decided and committed.
    pub(crate) async fn submit(&self, command: Command) -> Result<Answer, Error> {
        let (reply, mut answer) = oneshot::channel();
        let claim = Arc::<Claim>::default();
        let _place = self.waiting.enter();
        let lane = self.lane(command.actor.tenant()).ok_or_else(stopping)?;
        lane.enqueue(Job { command, reply, claim: Arc::clone(&claim) })?;
        let answered = match timeout(PATIENCE, &mut answer).await {
            Ok(answered) => answered,
            // It was not begun, and now never will be.
            Err(_) if claim.take() => return Err(Error::Busy),
            Err(_) => answer.await,
        };
        // A reply that is dropped unsent: the lane fell in the middle of a commit.
        answered.unwrap_or(Err(Error::OutcomeUnknown))
    }

    /// The lane that a command of a tenant takes now.
    fn lane(&self, tenant: TenantId) -> Option<&Entrance> {
        if !self.waiting.are_many() {
            return self.lanes.first();
        }
        let (high, low) = tenant.0.as_u64_pair();
        let lanes = u64::try_from(self.lanes.len()).unwrap_or(u64::MAX);
        let lane = (high ^ low).checked_rem(lanes)?;
        self.lanes.get(usize::try_from(lane).unwrap_or_default())
    }

    /// Takes no more commands, commits what waits, and ends the lanes.
    pub(crate) async fn stop(&self) {
        for lane in &self.lanes {
            lane.queue.write().unwrap_or_else(PoisonError::into_inner).take();
        }
        for lane in &self.lanes {
            let task = lane.task.lock().unwrap_or_else(PoisonError::into_inner).take();
            if let Some(task) = task
                && let Err(error) = task.await
            {
                tracing::error!(%error, "a lane of the committer did not end well");
            }
        }
    }
}

impl Entrance {
    fn open(lane: Lane) -> Self {
        let (queue, jobs) = mpsc::channel(QUEUE);
        let task = if lane.blocks() {
            let runtime = Handle::current();
            tokio::task::spawn_blocking(move || runtime.block_on(lane.run(jobs)))
        } else {
            tokio::spawn(lane.run(jobs))
        };
        Self { queue: RwLock::new(Some(queue)), task: Mutex::new(Some(task)) }
    }

    fn is_open(&self) -> bool {
        let task = self.task.lock().unwrap_or_else(PoisonError::into_inner);
        task.as_ref().is_some_and(|task| !task.is_finished())
            && self.queue.read().unwrap_or_else(PoisonError::into_inner).is_some()
    }

    fn enqueue(&self, job: Job) -> Result<(), Error> {
        let queue = self.queue.read().unwrap_or_else(PoisonError::into_inner);
        queue.as_ref().ok_or_else(stopping)?.try_send(job).map_err(|error| match error {
            TrySendError::Full(_) => Error::Busy,
            TrySendError::Closed(_) => stopping(),
        })
    }
}

fn stopping() -> Error {
    Error::Unavailable("the server is stopping".to_owned())
}
