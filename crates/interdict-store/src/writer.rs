//! The write side of a store, as the committer sees it: load what a batch must see, write what was decided, in one
//! durable transaction.

use std::time::Duration;

use interdict_model::View;
use interdict_model::view::{ReadSet, WriteSet};

use crate::engine::{postgres, sqlite};
use crate::faults::Fault;
use crate::{StoreError, Value, birth};

/// Commands that a batch may hold on SQLite: more would be faster, but each would wait longer.
const SQLITE_BATCH: usize = 48;
/// The same on PostgreSQL, where a batch costs round trips.
const POSTGRES_BATCH: usize = 64;

/// A writer. One owner uses it for one batch after the other: `load`, then `commit` or `abandon`. SQLite has one,
/// PostgreSQL one for each lane.
#[derive(Debug)]
pub struct Writer(pub(crate) Engine);

#[derive(Debug)]
pub(crate) enum Engine {
    Sqlite(sqlite::Writer),
    Postgres(postgres::Lane),
}

impl Writer {
    /// Whether it holds up the thread that uses it; what it does is done then when it is first polled.
    #[must_use]
    pub const fn blocks(&self) -> bool {
        matches!(self.0, Engine::Sqlite(_))
    }

    /// Commands that a batch may hold.
    #[must_use]
    pub const fn batch(&self) -> usize {
        match &self.0 {
            Engine::Sqlite(_) => SQLITE_BATCH,
            Engine::Postgres(_) => POSTGRES_BATCH,
        }
    }

    /// Pages in SQLite's write-ahead log after the last commit.
    #[must_use]
    pub fn log_pages(&self) -> u64 {
        match &self.0 {
            Engine::Sqlite(writer) => writer.log_pages(),
            Engine::Postgres(_) => 0,
        }
    }

    /// Begins a transaction and loads what the batch must see. On PostgreSQL the heads of its tenants are locked.
    ///
    /// # Errors
    /// The transaction is rolled back; nothing happened.
    pub async fn load(&mut self, reads: &ReadSet) -> Result<View, StoreError> {
        match &mut self.0 {
            Engine::Sqlite(writer) => writer.load(reads),
            Engine::Postgres(lane) => lane.load(reads).await,
        }
    }

    /// Writes and commits, durably.
    ///
    /// # Errors
    /// The transaction is rolled back; nothing happened, except where [`StoreError::OutcomeUnknown`] says so. After
    /// [`StoreError::Conflict`] the same batch may succeed when it is loaded and decided anew.
    pub async fn commit(&mut self, writes: &WriteSet) -> Result<(), StoreError> {
        match &mut self.0 {
            Engine::Sqlite(writer) => writer.commit(writes),
            Engine::Postgres(lane) if Fault::LateEntry.is_armed() => commit_out_of_order(lane, writes).await,
            Engine::Postgres(lane) => lane.commit(writes).await,
        }
    }

    /// Notes that journals of the store with that epoch are being imported, or that no import is under way any more.
    ///
    /// # Errors
    /// See [`StoreError`]; nothing happened.
    pub async fn note_import(&mut self, of: Option<u32>) -> Result<(), StoreError> {
        let epoch = of.map(u32::to_be_bytes);
        let key = birth::IMPORT.into();
        let (text, values): (_, Vec<Value<'_>>) = match &epoch {
            Some(epoch) => (birth::PUT, vec![key, epoch.as_slice().into()]),
            None => (birth::DROP, vec![key]),
        };
        match &mut self.0 {
            Engine::Sqlite(writer) => writer.execute(text, &values),
            Engine::Postgres(lane) => lane.execute(text, &values).await,
        }
    }

    /// Ends a transaction in which nothing is to be written.
    pub async fn abandon(&mut self) {
        match &mut self.0 {
            Engine::Sqlite(writer) => writer.abandon(),
            Engine::Postgres(lane) => lane.abandon().await,
        }
    }

    /// Work between two batches: SQLite's checkpoints.
    pub fn tend(&mut self) {
        match &mut self.0 {
            Engine::Sqlite(writer) => writer.tend(),
            Engine::Postgres(_) => {}
        }
    }

    /// Work while no command waits: SQLite's log is emptied.
    pub fn rest(&mut self) {
        match &mut self.0 {
            Engine::Sqlite(writer) => writer.rest(),
            Engine::Postgres(_) => {}
        }
    }
}

/// [`Fault::LateEntry`]: another node commits between the two, and whoever reads then misses the first entry.
async fn commit_out_of_order(lane: &mut postgres::Lane, writes: &WriteSet) -> Result<(), StoreError> {
    const LATE: Duration = Duration::from_millis(20);
    let mut soon = writes.clone();
    let late = WriteSet {
        entries: soon.entries.drain(..1.min(writes.entries.len())).collect(),
        ..WriteSet::default()
    };
    lane.commit(&soon).await?;
    tokio::time::sleep(LATE).await;
    let tenants = late.entries.iter().map(|entry| entry.tenant).collect();
    drop(lane.load(&ReadSet { tenants, ..ReadSet::default() }).await?);
    lane.commit(&late).await
}
