//! What clients write down: one JSON line before a request is sent, and one when its outcome is known. A checker judges
//! from these lines alone what may be in the store and what must be.

use std::fs::{File, OpenOptions};
use std::io::{self, Write as _};
use std::path::Path;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant, UNIX_EPOCH};

use interdict_model::Timestamp;
use serde::{Deserialize, Serialize};

/// What a request asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Op {
    /// A new action.
    Create,
    /// A change of one, to a number that is higher than all before it.
    Patch,
    /// Its end.
    Delete,
}

/// What is known of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Event {
    /// It is about to be sent.
    Send,
    /// It was acknowledged.
    Ok,
    /// It was refused: nothing happened.
    Fail,
    /// It may have happened.
    Unknown,
}

/// One line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Line {
    /// Nanoseconds since the log began.
    pub t: u64,
    /// The client.
    pub c: u32,
    /// What is asked for.
    pub op: Op,
    /// The action: the `clientContext` that it is filed with, which names it before it has an id.
    pub key: String,
    /// The request. A filing that is sent again with its `clientContext` keeps it; every change has one of its own.
    pub rid: String,
    /// What is known.
    pub ev: Event,
    /// The version that an acknowledgement named; else empty.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub etag: String,
    /// The number that the action has after this; 0 where it is filed.
    pub n: u64,
    /// The status of the answer; 0 where there was none, and at `send`.
    #[serde(default)]
    pub status: u16,
    /// Why the answer is none that a client may get; else empty.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub fault: String,
}

/// What knows when it was written.
pub trait Dated {
    /// Notes it: nanoseconds since the log began.
    fn date(&mut self, t: u64);
}

impl Dated for Line {
    fn date(&mut self, t: u64) {
        self.t = t;
    }
}

/// A log that many clients write to: a file, and the same in memory.
#[derive(Debug)]
pub struct Log<L = Line> {
    begun: Instant,
    /// The beginning by the machine's clock: what servers say of instants is by that one.
    since: Duration,
    inner: Mutex<(File, Vec<L>)>,
}

impl<L: Dated + Clone + Serialize> Log<L> {
    /// A log in a new file at `path`.
    ///
    /// # Errors
    /// Where the file cannot be made.
    pub fn create(path: &Path) -> io::Result<Self> {
        // Not synced: it is the database that is killed, not we, and its disk is ours.
        let file = OpenOptions::new().create_new(true).append(true).open(path)?;
        let since = UNIX_EPOCH.elapsed().unwrap_or_default();
        Ok(Self { begun: Instant::now(), since, inner: Mutex::new((file, Vec::new())) })
    }

    /// A server's instant, in nanoseconds since the log began.
    #[must_use]
    pub fn time_of(&self, instant: Timestamp) -> i64 {
        let since = i64::try_from(self.since.as_nanos()).unwrap_or(i64::MAX);
        instant.ticks().saturating_mul(100).saturating_sub(since)
    }

    /// The time of the log, in nanoseconds.
    #[must_use]
    pub fn now(&self) -> u64 {
        u64::try_from(self.begun.elapsed().as_nanos()).unwrap_or(u64::MAX)
    }

    /// Writes a line, at the present time.
    ///
    /// # Errors
    /// Where the file cannot be written.
    pub fn write(&self, mut line: L) -> io::Result<()> {
        let mut inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        line.date(self.now());
        let mut text = serde_json::to_string(&line).map_err(io::Error::other)?;
        text.push('\n');
        inner.0.write_all(text.as_bytes())?;
        inner.1.push(line);
        Ok(())
    }

    /// Every line so far, in order.
    #[must_use]
    pub fn lines(&self) -> Vec<L> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner).1.clone()
    }
}

impl Log {
    /// How many requests were acknowledged so far.
    #[must_use]
    pub fn acknowledged(&self) -> usize {
        let inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        inner.1.iter().filter(|line| line.ev == Event::Ok).count()
    }
}
