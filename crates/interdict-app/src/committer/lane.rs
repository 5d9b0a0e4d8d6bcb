//! One lane: it owns a writer of the store, and commits one batch after the other.
//!
//! A refused command writes nothing and disturbs no neighbour; neither does one whose decision panics, which is
//! answered as an internal error.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, PoisonError};
use std::time::{Duration, Instant};

use backon::{BackoffBuilder as _, ExponentialBuilder};
use futures_util::FutureExt as _;
use interdict_model::clock::Clock;
use interdict_model::command::Operation;
use interdict_model::view::{Answer, ReadSet, WriteSet};
use interdict_model::{View, decide};
use interdict_store::faults::Fault;
use interdict_store::{StoreError, Writer};
use tokio::sync::mpsc::Receiver;
use tokio::time::{sleep, timeout};

use super::{CommitObserver, Job, Own, PATIENCE, Wakes, alerts};
use crate::{Error, seeded};

/// Without a command for so long, the store's log is emptied.
const IDLE: Duration = Duration::from_secs(1);
/// How often a batch that met another writer is decided anew.
const ATTEMPTS: usize = 8;
/// The pause before the first of them, with jitter; each further one is twice as long.
const FIRST_PAUSE: Duration = Duration::from_millis(2);
const LONGEST_PAUSE: Duration = Duration::from_millis(250);

/// Turns without a further command after which a batch leaves. A turn is a microsecond where nobody else wants the core.
const TURNS: u32 = 16;

/// What a lane owns.
pub(super) struct Lane {
    pub(super) writer: Writer,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) observer: Arc<dyn CommitObserver>,
    pub(super) wakes: Arc<Wakes>,
    pub(super) own: Own,
}

impl Lane {
    /// Whether it holds up the thread that it runs on.
    pub(super) fn blocks(&self) -> bool {
        self.writer.blocks()
    }

    /// Commits until the queue is closed and empty.
    pub(super) async fn run(mut self, mut jobs: Receiver<Job>) {
        let mut batch = Vec::with_capacity(self.writer.batch());
        loop {
            match timeout(IDLE, jobs.recv_many(&mut batch, self.writer.batch())).await {
                Ok(0) => break,
                Ok(_) => {
                    self.gather(&mut jobs, &mut batch).await;
                    // Callers that gave up are out of it.
                    batch.retain(|job: &Job| job.claim.take());
                    // A panic drops the batch's replies, so that no caller waits for ever.
                    if AssertUnwindSafe(self.commit(&mut batch)).catch_unwind().await.is_err() {
                        tracing::error!("a batch panicked and was rolled back");
                        self.writer.abandon().await;
                    }
                    batch.clear();
                    self.writer.tend();
                }
                Err(_) => self.writer.rest(),
            }
        }
        self.writer.rest();
    }

    /// Lets those who are about to ask do so, as long as each turn brings somebody: callers that were answered together
    /// come back together, and a batch that left at the first of them would leave the others behind.
    async fn gather(&mut self, jobs: &mut Receiver<Job>, batch: &mut Vec<Job>) {
        let mut idle = 0;
        while idle < TURNS && batch.len() < self.writer.batch() {
            if self.writer.blocks() {
                std::thread::yield_now();
            } else {
                tokio::task::yield_now().await;
            }
            let before = batch.len();
            while batch.len() < self.writer.batch()
                && let Ok(job) = jobs.try_recv()
            {
                batch.push(job);
            }
            idle = if batch.len() == before { idle + 1 } else { 0 };
        }
    }

    /// Commits a batch and answers it.
    async fn commit(&mut self, batch: &mut Vec<Job>) {
        if batch.is_empty() {
            return;
        }
        match self.attempts(batch).await {
            Ok(outcomes) => answer(batch, outcomes),
            // One damaged row must not fail the commands on sound ones.
            Err(StoreError::Corrupt(_)) if batch.len() > 1 => {
                for job in batch.drain(..) {
                    Box::pin(self.commit(&mut vec![job])).await;
                }
            }
            Err(error) => {
                self.observer.failed(batch.len());
                for job in batch.drain(..) {
                    drop(job.reply.send(Err((&error).into())));
                }
            }
        }
    }

    /// Commits a batch, deciding it anew where another writer was in the way.
    async fn attempts(&mut self, batch: &mut Vec<Job>) -> Result<Vec<Outcome>, StoreError> {
        let started = Instant::now();
        let mut pauses = ExponentialBuilder::default()
            .with_min_delay(FIRST_PAUSE)
            .with_max_delay(LONGEST_PAUSE)
            .with_max_times(ATTEMPTS)
            .with_jitter()
            .build();
        loop {
            match self.attempt(batch).await {
                Err(StoreError::Conflict(cause)) => {
                    match pauses.next().filter(|_| started.elapsed() < PATIENCE) {
                        Some(pause) => {
                            tracing::debug!(cause, "a batch met another writer and is decided anew");
                            sleep(pause).await;
                        }
                        None => return Err(StoreError::Conflict(cause)),
                    }
                }
                outcome => return outcome,
            }
        }
    }

    async fn attempt(&mut self, batch: &mut Vec<Job>) -> Result<Vec<Outcome>, StoreError> {
        let started = Instant::now();
        let mut reads = ReadSet::default();
        for job in &*batch {
            reads.extend(job.command.reads());
        }
        let mut view = self.writer.load(&reads).await?;
        view.own = Arc::clone(&self.own.read().unwrap_or_else(PoisonError::into_inner));
        let (mut writes, mut outcomes) = self.decide(view, batch);
        if Fault::EarlyAnswer.is_armed() {
            answer(batch, std::mem::take(&mut outcomes));
        }
        if Fault::ForgottenFiling.is_armed() {
            writes.filings.clear();
        }
        if writes.is_empty() {
            self.writer.abandon().await;
        } else {
            // Where it fails, even a refusal may rest on a neighbour that was not written.
            self.writer.commit(&writes).await?;
            self.wakes.committed(&writes);
            alerts::tell(&writes.turns, &*self.observer);
            self.observer.committed(batch.len(), started.elapsed().as_secs_f64(), self.writer.log_pages());
        }
        Ok(outcomes)
    }

    /// Decides every command in turn, each seeing what the ones before it did.
    fn decide(&self, mut view: View, batch: &[Job]) -> (WriteSet, Vec<Outcome>) {
        let mut writes = WriteSet::default();
        let outcomes = batch.iter().map(|Job { command, .. }| {
            let tenant = command.actor.tenant();
            let command = seeded::believed(&view, command);
            let clock = self.clock.now();
            let is_timer = matches!(command.operation, Operation::Fire(_));
            let now = view.next_instant(tenant, if is_timer { seeded::due_by(clock) } else { clock });
            // `decide` only reads the view, so after a panic of it the view is whole.
            match catch_unwind(AssertUnwindSafe(|| decide(&view, &command, now))) {
                Ok(Ok(decision)) => {
                    view.apply(&decision, tenant, now, &mut writes);
                    Ok(decision.answer)
                }
                Ok(Err(refusal)) => Err(Error::Refused(refusal)),
                Err(_) => Err(Error::Internal(format!("request `{}` could not be decided", command.request))),
            }
        });
        let outcomes = outcomes.collect();
        (writes, outcomes)
    }
}

/// Tells every caller of a batch what came of its command.
fn answer(batch: &mut Vec<Job>, outcomes: Vec<Outcome>) {
    for (job, outcome) in batch.drain(..).zip(outcomes) {
        // A caller that went away needs no answer.
        drop(job.reply.send(outcome));
    }
}

/// What a caller will be told once the batch is committed.
type Outcome = Result<Answer, Error>;
