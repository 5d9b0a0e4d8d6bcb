//! SQLite: the one module that names its driver. One file, one writer, readers that never wait.
//!
//! SQLite numbers `$1`, `$2` … by their first appearance, so a text must introduce its parameters in order.

mod checkpoint;
mod functions;
mod lose_tail;
mod open;
mod pool;
mod settings;
mod writer;

use std::ops::ControlFlow;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use rusqlite::hooks::Wal;
use rusqlite::types::{ToSqlOutput, ValueRef};
use rusqlite::{ErrorCode, OpenFlags, ToSql, ffi};

use crate::{Patience, StoreError, Value};
pub(crate) use checkpoint::Health;
pub(crate) use lose_tail::lose_tail;
pub(crate) use open::{Held, hold, open_for_writing, refuse_foreign_file, refuse_missing, refuse_non_file};
pub(crate) use pool::{Lent, Pool};
pub(crate) use settings::APPLICATION_ID;
pub(crate) use writer::{Shared, Writer};

use super::Row;

/// Statements kept prepared on one connection; more than there are fixed texts.
const STATEMENTS: usize = 64;
/// How often a read with a deadline looks at the clock, in steps of SQLite's machine.
const STEPS_PER_LOOK: i32 = 4_000;
/// Steps of SQLite's machine that a brief read may take: some hundred rows, well under a millisecond.
const BRIEF_STEPS: i32 = 8_000;
/// How long to wait for a lock that only start-up and recovery hold.
const LOCK_PATIENCE: Duration = Duration::from_secs(5);

/// Records which migrations were applied.
pub(crate) const MIGRATION_TABLE: &str = "CREATE TABLE IF NOT EXISTS migration (
    number INTEGER NOT NULL PRIMARY KEY,
    sha256 BLOB NOT NULL
) STRICT";

/// What a connection is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    /// Writes; one at a time.
    Write,
    /// Moves the write-ahead log into the database file.
    Checkpoint,
    /// Reads what is committed.
    Read,
}

/// A connection with its settings made and checked.
pub(crate) struct Connection {
    db: rusqlite::Connection,
}

/// How far a checkpoint came.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Checkpoint {
    /// Pages in the write-ahead log.
    pub(crate) logged: u64,
    /// How many of them are in the database file.
    pub(crate) moved: u64,
}

impl Connection {
    /// Opens `path`, which exists.
    pub(crate) fn open(path: &Path, vfs: Option<&str>, role: Role) -> Result<Self, StoreError> {
        let access = match role {
            Role::Read => OpenFlags::SQLITE_OPEN_READ_ONLY,
            Role::Write | Role::Checkpoint => OpenFlags::SQLITE_OPEN_READ_WRITE,
        };
        let flags = access | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let db = match vfs {
            Some(vfs) => rusqlite::Connection::open_with_flags_and_vfs(path, flags, vfs),
            None => rusqlite::Connection::open_with_flags(path, flags),
        }
        .map_err(failure)?;
        db.busy_timeout(LOCK_PATIENCE).map_err(failure)?;
        db.set_prepared_statement_cache_capacity(STATEMENTS);
        functions::register(&db).map_err(failure)?;
        Ok(Self { db })
    }

    /// Runs a statement and hands each row to `read`, until that breaks off.
    pub(crate) fn each_until(
        &self,
        sql: &str,
        values: &[Value<'_>],
        mut read: impl FnMut(&Row<'_>) -> Result<ControlFlow<()>, StoreError>,
    ) -> Result<(), StoreError> {
        let mut statement = self.prepare(sql, values)?;
        let mut rows = statement.raw_query();
        while let Some(row) = rows.next().map_err(failure)? {
            if read(&Row::Sqlite(row))?.is_break() {
                break;
            }
        }
        Ok(())
    }

    /// The first row of a statement, where it has one.
    pub(crate) fn first<T>(
        &self,
        sql: &str,
        values: &[Value<'_>],
        read: impl FnOnce(&Row<'_>) -> Result<T, StoreError>,
    ) -> Result<Option<T>, StoreError> {
        let mut statement = self.prepare(sql, values)?;
        let mut rows = statement.raw_query();
        rows.next().map_err(failure)?.map(|row| read(&Row::Sqlite(row))).transpose()
    }

    /// Runs a statement that returns no rows; how many rows it changed.
    pub(crate) fn execute(&self, sql: &str, values: &[Value<'_>]) -> Result<u64, StoreError> {
        let changed = self.prepare(sql, values)?.raw_execute().map_err(failure)?;
        Ok(u64::try_from(changed).unwrap_or(u64::MAX))
    }

    /// Runs several statements, such as a migration.
    pub(crate) fn script(&self, sql: &str) -> Result<(), StoreError> {
        self.db.execute_batch(sql).map_err(failure)
    }

    fn prepare(&self, sql: &str, values: &[Value<'_>]) -> Result<rusqlite::CachedStatement<'_>, StoreError> {
        let mut statement = self.db.prepare_cached(sql).map_err(failure)?;
        for (index, value) in (1..).zip(values) {
            debug_assert_eq!(
                statement.parameter_name(index),
                Some(&*format!("${index}")),
                "parameters must first appear in order: {sql}"
            );
            statement.raw_bind_parameter(index, value).map_err(failure)?;
        }
        Ok(statement)
    }

    /// Begins a transaction that no other writer can disturb.
    pub(crate) fn begin_write(&self) -> Result<(), StoreError> {
        self.execute("BEGIN IMMEDIATE", &[]).map(drop)
    }

    /// Begins a transaction that sees one state throughout.
    pub(crate) fn begin_read(&self) -> Result<(), StoreError> {
        self.execute("BEGIN", &[]).map(drop)
    }

    /// Commits, durably.
    pub(crate) fn commit(&self) -> Result<(), StoreError> {
        let outcome = self.prepare("COMMIT", &[])?.raw_execute();
        outcome.map(drop).map_err(|error| match error.sqlite_error().map(|error| error.extended_code) {
            // The log is synced before its index in shared memory grows: what fails there may be durable all the same.
            Some(
                ffi::SQLITE_IOERR_SHMSIZE
                | ffi::SQLITE_IOERR_SHMMAP
                | ffi::SQLITE_IOERR_SHMOPEN
                | ffi::SQLITE_IOERR_SHMLOCK,
            ) => StoreError::OutcomeUnknown(error.to_string()),
            _ => failure(error),
        })
    }

    /// Rolls back, unless the engine did so by itself.
    pub(crate) fn rollback(&self) {
        if !self.db.is_autocommit()
            && let Err(error) = self.execute("ROLLBACK", &[])
        {
            tracing::warn!(%error, "a rollback failed; the connection is replaced");
        }
    }

    /// From here on reads are given up when `patience` ends.
    fn limit(&mut self, patience: Patience) -> Result<(), StoreError> {
        match patience {
            Patience::Brief => self.db.progress_handler(BRIEF_STEPS, Some(|| true)),
            Patience::Until(deadline) => {
                self.db.progress_handler(STEPS_PER_LOOK, Some(move || Instant::now() >= deadline))
            }
        }
        .map_err(failure)
    }

    /// From here on reads take as long as they take.
    fn unlimit(&mut self) -> Result<(), StoreError> {
        self.db.progress_handler(0, None::<fn() -> bool>).map_err(failure)
    }

    /// Writes one state into an empty file, in one step: a copy in small ones would begin anew at every commit.
    pub(crate) fn copy_into(&self, copy: &Path) -> Result<(), StoreError> {
        let copy = copy.to_str().ok_or_else(|| {
            StoreError::Refused(format!("`{}` is not UTF-8, which SQLite needs", copy.display()))
        })?;
        self.execute("VACUUM INTO $1", &[copy.into()]).map(drop)
    }

    /// Makes a copy a store's file. One that is foreign, cut or damaged is [`StoreError::Corrupt`].
    pub(crate) fn adopt(&self) -> Result<(), StoreError> {
        if self.application()? != APPLICATION_ID {
            return Err(StoreError::Corrupt("it lacks our mark".to_owned()));
        }
        self.check_integrity()?;
        self.write_ahead()
    }

    fn check_integrity(&self) -> Result<(), StoreError> {
        let found = self.first("PRAGMA integrity_check(1)", &[], |row| row.text(0).map(str::to_owned))?;
        match found.as_deref() {
            Some("ok") => Ok(()),
            found => Err(StoreError::Corrupt(found.unwrap_or("it cannot be checked").to_owned())),
        }
    }

    /// Keeps `pages` at the length of the write-ahead log.
    pub(crate) fn report_log_pages(&mut self, pages: Arc<AtomicU64>) -> Result<(), StoreError> {
        let hook = move |_: &mut Wal, logged: i32| {
            pages.store(logged.unsigned_abs().into(), Ordering::Relaxed);
            Ok(())
        };
        self.db.wal_hook(Some(hook)).map_err(failure)
    }

    /// Moves what it can into the database file without waiting for anybody.
    pub(crate) fn checkpoint(&self) -> Result<Checkpoint, StoreError> {
        self.run_checkpoint("PRAGMA wal_checkpoint(PASSIVE)")
    }

    /// Moves everything and empties the log, unless a reader still needs it.
    pub(crate) fn truncate_log(&self) -> Result<Checkpoint, StoreError> {
        self.db.busy_timeout(Duration::ZERO).map_err(failure)?;
        let outcome = self.run_checkpoint("PRAGMA wal_checkpoint(TRUNCATE)");
        self.db.busy_timeout(LOCK_PATIENCE).map_err(failure)?;
        outcome
    }

    fn run_checkpoint(&self, sql: &str) -> Result<Checkpoint, StoreError> {
        // -1 stands for "no log": nothing to move.
        let pages = |row: &Row<'_>, column| Ok(u64::try_from(row.integer(column)?).unwrap_or(0));
        self.first(sql, &[], |row| Ok(Checkpoint { logged: pages(row, 1)?, moved: pages(row, 2)? }))?
            .ok_or_else(|| StoreError::Unavailable("a checkpoint gave no answer".to_owned()))
    }
}

impl std::fmt::Debug for Connection {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Connection").field("path", &self.db.path()).finish()
    }
}

impl ToSql for Value<'_> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(match self {
            Self::Integer(value) => value.map_or(ValueRef::Null, ValueRef::Integer),
            Self::Text(value) => {
                value.as_ref().map_or(ValueRef::Null, |text| ValueRef::Text(text.as_bytes()))
            }
            Self::Uuid(value) => ValueRef::Blob(value.as_bytes()),
            Self::Bytes(value) => ValueRef::Blob(value),
        }))
    }
}

/// What a failure of the driver means to a caller.
#[expect(clippy::needless_pass_by_value, reason = "the shape that `map_err` takes")]
pub(super) fn failure(error: rusqlite::Error) -> StoreError {
    let text = error.to_string();
    let extended = error.sqlite_error().map(|error| error.extended_code);
    if let Some(ffi::SQLITE_IOERR_FSYNC | ffi::SQLITE_IOERR_DIR_FSYNC) = extended {
        return StoreError::OutcomeUnknown(text);
    }
    match error.sqlite_error_code() {
        Some(ErrorCode::DiskFull) => StoreError::NoSpace(text),
        Some(ErrorCode::OperationInterrupted) => StoreError::Deadline,
        Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => StoreError::Corrupt(text),
        Some(_) => StoreError::Unavailable(text),
        None => StoreError::Corrupt(text),
    }
}
