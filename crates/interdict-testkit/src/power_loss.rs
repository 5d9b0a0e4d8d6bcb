//! A disk that loses power: a SQLite VFS over the default one, for tests alone.
//!
//! Writes pass through, so that the store works as ever, but the disk remembers of every file what was synced and
//! what was written since. At a chosen call the power goes: that call and every later one fails. Once the store is
//! dropped, [`Disk::settle`] rewrites the files to what such a disk may hold: what was synced, and of the rest any
//! part, cut at sectors of 512 bytes, in any order, truncations included. A file that grew over a hole may hold
//! anything in it.
//!
//! What is simpler than life:
//! - Making and removing a file is durable at once. SQLite syncs a directory together with a file's first sync.
//! - The shared-memory index passes through and is removed by the loss, as a restart of the machine would.
//! - Syncs do not reach the real disk: what holds is decided here.
//! - The store's checkpointer syncs the database file through a descriptor of its own, past this disk, which therefore
//!   does not count it. That is only harsher: the log starts anew when a pass has reached its end, and that pass
//!   syncs the database file through SQLite (`walCheckpoint`: the sync stands before `nBackfill` moves to the end).
//! - Concurrent threads are not replayed: a seed repeats the choices, not the interleaving.

mod file;
mod model;
mod random;
mod vfs;

use std::sync::{Mutex, MutexGuard, PoisonError};

use model::State;
pub use model::{Fault, Fired, Ignored, Kind};
pub use random::Random;

/// One disk, known to SQLite by [`Disk::name`]. Its few bytes stay registered until the process ends.
#[derive(Clone, Copy, Debug)]
pub struct Disk {
    shim: &'static Shim,
}

/// What SQLite's calls and the test share.
#[derive(Debug)]
struct Shim {
    name: String,
    state: Mutex<State>,
}

impl Shim {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Disk {
    /// A disk whose losses follow `seed`.
    ///
    /// # Errors
    /// Where SQLite does not take it.
    pub fn new(seed: u64) -> std::io::Result<Self> {
        Ok(Self { shim: vfs::register(State::new(seed))? })
    }

    /// What to name it by in `StoreOptions`.
    #[must_use]
    pub fn name(&self) -> String {
        self.shim.name.clone()
    }

    /// Loses power at the call of this number, counted from 1. Calls that change nothing are not counted.
    pub fn lose_power_at(&self, call: u64) {
        self.shim.state().cut_at = Some(call);
    }

    /// Lets the call of this number fail, and no other, where it is of a kind that the fault hits.
    pub fn fail(&self, call: u64, fault: Fault) {
        self.shim.state().fault = Some((call, fault));
    }

    /// From now on reports these syncs as done and does not do them.
    pub fn ignore_syncs(&self, ignored: Ignored) {
        self.shim.state().ignored = Some(ignored);
    }

    /// Counted calls so far.
    #[must_use]
    pub fn calls(&self) -> u64 {
        self.shim.state().calls
    }

    /// Syncs of database files so far: a checkpoint that reached the log's end makes one.
    #[must_use]
    pub fn database_syncs(&self) -> u64 {
        self.shim.state().database_syncs
    }

    /// Whether the power is gone.
    #[must_use]
    pub fn is_dead(&self) -> bool {
        self.shim.state().dead
    }

    /// What the fault of [`Disk::fail`] hit, if it did.
    #[must_use]
    pub fn fired(&self) -> Option<Fired> {
        self.shim.state().fired.clone()
    }

    /// Cuts the power where it is not gone yet, and rewrites the files to what is left.
    ///
    /// # Errors
    /// Where a file is still open, or cannot be rewritten.
    pub fn settle(&self) -> std::io::Result<()> {
        self.shim.state().settle()
    }
}
