//! Checkpoints: the write-ahead log moves into the database file beside the writer, not in its way.
//!
//! A pass of SQLite syncs the database file only if the log did not grow meanwhile; beside a busy writer it always
//! has, so that whoever makes the last pass pays for all of it. Hence a thread makes passes and syncs the file
//! itself, through a descriptor of its own, until little is left; the writer then moves the rest between two
//! batches, in a pass that reaches the log's end, and the next commit starts the log anew.

use std::path::Path;
use std::sync::mpsc::{Receiver, SyncSender, TryRecvError, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;

use super::{Connection, Held, Role};
use crate::StoreError;

/// Passes of the thread before it leaves the rest to the writer.
const PASSES: usize = 6;
/// Pages that are few enough for the writer.
const FEW: u64 = 400;

/// Whether writes are accepted.
#[derive(Debug, Default)]
pub(crate) struct Health(Mutex<Option<String>>);

impl Health {
    /// Why writes are not accepted until the store is opened again.
    pub(crate) fn stopped(&self) -> Option<String> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Accepts no more writes.
    pub(crate) fn stop(&self, cause: String) {
        tracing::error!(cause, "no more writes are accepted; restart once the disk is well");
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(cause);
    }
}

/// The thread that checkpoints, as its writer sees it.
#[derive(Debug)]
pub(crate) struct Checkpointer {
    wake: Option<SyncSender<()>>,
    done: Receiver<()>,
    busy: bool,
    thread: Option<JoinHandle<()>>,
}

impl Checkpointer {
    pub(crate) fn start(
        path: &Path,
        vfs: Option<&str>,
        health: Arc<Health>,
        held: Arc<Held>,
    ) -> Result<Self, StoreError> {
        let connection = Connection::open(path, vfs, Role::Checkpoint)?;
        connection.configure(Role::Checkpoint)?;
        connection.keep_log()?;
        let (wake, woken) = sync_channel(1);
        let (tell, done) = sync_channel(1);
        let work = move || {
            while woken.recv().is_ok() {
                passes(&connection, &held, &health);
                if tell.send(()).is_err() {
                    break;
                }
            }
            // The connection goes before the descriptor; see `Held`.
            drop(connection);
            drop(held);
        };
        let thread = std::thread::Builder::new()
            .name("checkpoint".to_owned())
            .spawn(work)
            .map_err(|error| StoreError::Unavailable(format!("no thread for checkpoints: {error}")))?;
        Ok(Self { wake: Some(wake), done, busy: false, thread: Some(thread) })
    }

    /// Begins, unless it is at it.
    pub(crate) fn begin(&mut self) {
        if !self.busy {
            self.busy = self.wake.as_ref().is_some_and(|wake| wake.try_send(()).is_ok());
        }
    }

    /// Whether it has ended since it began.
    pub(crate) fn ended(&mut self) -> bool {
        let ended = self.busy && !matches!(self.done.try_recv(), Err(TryRecvError::Empty));
        self.busy &= !ended;
        ended
    }

    /// Waits until it has ended, if it began.
    pub(crate) fn wait(&mut self) {
        if self.busy {
            // An error means that the thread is gone, and with it its work.
            self.done.recv().unwrap_or_default();
            self.busy = false;
        }
    }
}

impl Drop for Checkpointer {
    fn drop(&mut self) {
        self.wait();
        self.wake = None;
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            tracing::error!("the checkpoint thread panicked");
        }
    }
}

fn passes(connection: &Connection, held: &Held, health: &Health) {
    let mut before = 0;
    for _ in 0..PASSES {
        let moved = match connection.checkpoint() {
            Ok(pass) => pass.moved,
            // Pages that earlier passes moved may be what the disk lost, and no later pass moves them again.
            Err(StoreError::OutcomeUnknown(cause)) => return health.stop(cause),
            Err(error) => {
                // The log still holds every page; the writer's own pass tries again.
                tracing::warn!(%error, "a checkpoint failed");
                return;
            }
        };
        if let Err(error) = held.database.sync_data() {
            // What the kernel failed to write it may forget, and report as written the next time.
            health.stop(format!("the database file could not be synced: {error}"));
            return;
        }
        if moved.saturating_sub(before) < FEW {
            return;
        }
        before = moved;
    }
}
