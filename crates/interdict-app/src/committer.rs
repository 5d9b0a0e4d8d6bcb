//! The committer: every waiting command in one durable transaction.
//!
//! One thread owns the store's writer. It takes what arrived while the last commit ran (there is no timer), loads
//! what the commands must see, decides each in turn, commits once and answers all. A refused command writes nothing
//! and disturbs no neighbour; neither does one whose decision panics, which is answered as an internal error.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, TrySendError, sync_channel};
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use interdict_model::clock::Clock;
use interdict_model::view::{Answer, ReadSet, WriteSet};
use interdict_model::{Command, View, decide};
use interdict_store::{StoreError, Writer};
use tokio::sync::oneshot;

use crate::Error;

/// Commands that may wait.
const QUEUE: usize = 4_096;
/// Commands committed together at the most: more would be faster, but each would wait longer.
const BATCH: usize = 48;
/// Without a command for so long, the store's log is emptied.
const IDLE: Duration = Duration::from_secs(1);

/// Told about every commit, for metrics.
pub trait CommitObserver: Send + Sync + std::fmt::Debug {
    /// A batch of `commands` was committed in `seconds`, its write-ahead log holding `wal_pages` afterwards.
    fn committed(&self, commands: usize, seconds: f64, wal_pages: u64);
    /// A batch could not be committed.
    fn failed(&self, commands: usize);
}

/// The thread that commits, as the use cases see it.
#[derive(Debug)]
pub(crate) struct Committer {
    /// `None` once no more commands are taken.
    queue: RwLock<Option<SyncSender<Job>>>,
    thread: Mutex<Option<JoinHandle<()>>>,
}

/// A command and whom to answer.
#[derive(Debug)]
struct Job {
    command: Command,
    reply: oneshot::Sender<Result<Answer, Error>>,
}

impl Committer {
    pub(crate) fn start(writer: Writer, clock: Arc<dyn Clock>, observer: Arc<dyn CommitObserver>) -> Self {
        let (queue, jobs) = sync_channel(QUEUE);
        let work = Work { writer, clock, observer };
        let thread = std::thread::Builder::new().name("committer".to_owned()).spawn(move || work.run(&jobs));
        match thread {
            Ok(thread) => Self { queue: RwLock::new(Some(queue)), thread: Mutex::new(Some(thread)) },
            Err(error) => {
                tracing::error!(%error, "the committer's thread did not start");
                Self { queue: RwLock::default(), thread: Mutex::default() }
            }
        }
    }

    /// Whether commands are taken.
    pub(crate) fn is_open(&self) -> bool {
        let alive = self.thread.lock().unwrap_or_else(PoisonError::into_inner);
        alive.as_ref().is_some_and(|thread| !thread.is_finished())
            && self.queue.read().unwrap_or_else(PoisonError::into_inner).is_some()
    }

    /// Has the command decided and committed.
    pub(crate) async fn submit(&self, command: Command) -> Result<Answer, Error> {
        let (reply, answer) = oneshot::channel();
        self.enqueue(Job { command, reply })?;
        // A reply that is dropped unsent: the thread fell in the middle of a commit.
        answer.await.unwrap_or(Err(Error::OutcomeUnknown))
    }

    fn enqueue(&self, job: Job) -> Result<(), Error> {
        let queue = self.queue.read().unwrap_or_else(PoisonError::into_inner);
        let stopping = || Error::Unavailable("the server is stopping".to_owned());
        queue.as_ref().ok_or_else(stopping)?.try_send(job).map_err(|error| match error {
            TrySendError::Full(_) => Error::Busy,
            TrySendError::Disconnected(_) => stopping(),
        })
    }

    /// Takes no more commands, commits what waits, and ends the thread.
    pub(crate) async fn stop(&self) {
        self.queue.write().unwrap_or_else(PoisonError::into_inner).take();
        let thread = self.thread.lock().unwrap_or_else(PoisonError::into_inner).take();
        let Some(thread) = thread else { return };
        if !matches!(tokio::task::spawn_blocking(|| thread.join()).await, Ok(Ok(()))) {
            tracing::error!("the committer's thread did not end well");
        }
    }
}

/// What the thread owns.
struct Work {
    writer: Writer,
    clock: Arc<dyn Clock>,
    observer: Arc<dyn CommitObserver>,
}

impl Work {
    fn run(mut self, jobs: &Receiver<Job>) {
        loop {
            match jobs.recv_timeout(IDLE) {
                Ok(first) => {
                    let batch = std::iter::once(first).chain(jobs.try_iter()).take(BATCH).collect();
                    // A panic drops the batch's replies, so that no caller waits for ever.
                    if catch_unwind(AssertUnwindSafe(|| self.commit(batch))).is_err() {
                        tracing::error!("a batch panicked and was rolled back");
                        self.writer.abandon();
                    }
                    self.writer.tend();
                }
                Err(RecvTimeoutError::Timeout) => self.writer.rest(),
                Err(RecvTimeoutError::Disconnected) => break,
            }
        }
        self.writer.rest();
    }

    fn commit(&mut self, batch: Vec<Job>) {
        let started = Instant::now();
        let size = batch.len();
        let mut reads = ReadSet::default();
        for job in &batch {
            reads.extend(job.command.reads());
        }
        let view = match self.writer.load(&reads) {
            Ok(view) => view,
            // One damaged row must not fail the commands on sound ones.
            Err(StoreError::Corrupt(_)) if size > 1 => {
                return batch.into_iter().for_each(|job| self.commit(vec![job]));
            }
            Err(error) => return self.fail(batch.into_iter().map(|job| job.reply), &error),
        };
        let (writes, settled) = self.settle(view, batch);
        if writes.entries.is_empty() {
            self.writer.abandon();
        } else if let Err(error) = self.writer.commit(&writes) {
            // Even a refusal may rest on a neighbour that was not written.
            return self.fail(settled.into_iter().map(|(reply, _)| reply), &error);
        } else {
            self.observer.committed(size, started.elapsed().as_secs_f64(), self.writer.log_pages());
        }
        for (reply, outcome) in settled {
            // A caller that went away needs no answer.
            drop(reply.send(outcome));
        }
    }

    /// Decides every command in turn, each seeing what the ones before it did.
    fn settle(&self, mut view: View, batch: Vec<Job>) -> (WriteSet, Vec<Settled>) {
        let mut writes = WriteSet::default();
        let settled = batch.into_iter().map(|Job { command, reply }| {
            let tenant = command.actor.tenant();
            let now = view.next_instant(tenant, self.clock.now());
            // `decide` only reads the view, so after a panic of it the view is whole.
            let outcome = match catch_unwind(AssertUnwindSafe(|| decide(&view, &command, now))) {
                Ok(Ok(decision)) => {
                    view.apply(&decision, tenant, now, &mut writes);
                    Ok(decision.answer)
                }
                Ok(Err(refusal)) => Err(Error::Refused(refusal)),
                Err(_) => Err(Error::Internal(format!("request `{}` could not be decided", command.request))),
            };
            (reply, outcome)
        });
        let settled = settled.collect();
        (writes, settled)
    }

    fn fail(
        &self,
        replies: impl ExactSizeIterator<Item = oneshot::Sender<Result<Answer, Error>>>,
        error: &StoreError,
    ) {
        self.observer.failed(replies.len());
        for reply in replies {
            drop(reply.send(Err(error.into())));
        }
    }
}

/// A reply that waits for the commit, and what it will say.
type Settled = (oneshot::Sender<Result<Answer, Error>>, Result<Answer, Error>);
