//! Requests about one action as clients saw them.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// What a client asked. A mark tells one body that is written from every other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Request {
    /// Create, or where that was done before, show.
    Create {
        /// The body.
        mark: u64,
    },
    /// Change whatever is there.
    Write {
        /// The body.
        mark: u64,
    },
    /// Change the version `tag` alone.
    WriteIf {
        /// The version.
        tag: i64,
        /// The body.
        mark: u64,
    },
    /// Show.
    Read,
}

/// An action as an answer showed it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shown {
    /// Its version.
    pub version: i64,
    /// The mark in its body.
    pub mark: u64,
    /// A hash of its whole body.
    pub body: u64,
}

/// What a client was told. A request of which it was told that nothing happened is not recorded: should it have
/// happened all the same, others see a mark that nobody wrote.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The action as it was read, or as the request left it.
    Shown(Shown),
    /// It has another version than the request named.
    Mismatch,
    /// There is no such action.
    Missing,
    /// Nothing: the request may have happened, may happen yet, or may never happen.
    Unknown,
}

/// A client's thread of requests, one after the other. It ends with an unknown outcome, since that request may go on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Process(pub usize);

/// One request.
#[derive(Clone, Copy, Debug)]
pub struct Operation {
    /// Who asked.
    pub process: Process,
    /// What.
    pub request: Request,
    /// What came of it.
    pub outcome: Outcome,
    /// When it was sent, since the beginning of the recording.
    pub called: Duration,
    /// When the answer was there, or was given up.
    pub returned: Duration,
}

/// Records histories, one for each key.
#[derive(Debug)]
pub struct Recorder<K> {
    begun: Instant,
    processes: AtomicUsize,
    marks: AtomicU64,
    histories: Mutex<BTreeMap<K, Vec<Operation>>>,
}

impl<K: Ord> Recorder<K> {
    /// An empty recording that begins now.
    #[must_use]
    pub fn start() -> Self {
        Self {
            begun: Instant::now(),
            processes: AtomicUsize::new(0),
            marks: AtomicU64::new(1),
            histories: Mutex::default(),
        }
    }

    /// The time since the beginning.
    #[must_use]
    pub fn now(&self) -> Duration {
        self.begun.elapsed()
    }

    /// A process that nobody was before.
    pub fn process(&self) -> Process {
        Process(self.processes.fetch_add(1, Ordering::Relaxed))
    }

    /// A mark that nothing had before.
    pub fn mark(&self) -> u64 {
        self.marks.fetch_add(1, Ordering::Relaxed)
    }

    /// Records a request; how many its key has by now.
    pub fn add(&self, key: K, operation: Operation) -> usize {
        let mut histories = self.histories.lock().unwrap_or_else(PoisonError::into_inner);
        let history = histories.entry(key).or_default();
        history.push(operation);
        history.len()
    }

    /// All that was recorded.
    #[must_use]
    pub fn into_histories(self) -> BTreeMap<K, Vec<Operation>> {
        self.histories.into_inner().unwrap_or_else(PoisonError::into_inner)
    }
}
