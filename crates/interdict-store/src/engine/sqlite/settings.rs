//! What makes commits durable and reads cheap: every setting is made and then read back, but for how much is mapped, which only
//! makes reads cheaper.

use rusqlite::config::DbConfig;

use super::{Connection, Role, Row, failure};
use crate::StoreError;

/// "IDCT": marks the file as ours.
pub(crate) const APPLICATION_ID: i64 = 0x4944_4354;

/// The oldest SQLite whose write-ahead log may be checkpointed beside a writer without losing pages.
const OLDEST_SQLITE: i32 = 3_051_003;

/// Settings that live in the file; made once, while it is empty.
const OF_THE_FILE: [(&str, &str); 3] =
    [("page_size", "4096"), ("application_id", "1229210452"), ("journal_mode", "wal")];

/// Settings of every connection.
const OF_ALL: [(&str, &str); 3] = [("journal_mode", "wal"), ("temp_store", "2"), ("trusted_schema", "0")];

/// Settings of the writer and the checkpointer.
const OF_WRITERS: [(&str, &str); 4] =
    [("synchronous", "2"), ("wal_autocheckpoint", "0"), ("cache_size", "-24576"), ("mmap_size", "0")];

/// Settings of readers.
const OF_READERS: [(&str, &str); 2] = [("query_only", "1"), ("cache_size", "-4096")];

/// Readers see the file through a mapping, so that a page is neither read by a system call nor kept once more by each
/// connection: all of it, as far as SQLite was built to (`.cargo/config.toml`).
const MAP: &str = "PRAGMA mmap_size = 1099511627776";

impl Connection {
    /// Makes an empty file ours.
    pub(crate) fn found(&self) -> Result<(), StoreError> {
        OF_THE_FILE.iter().try_for_each(|(name, value)| self.set(name, value))
    }

    /// Makes a file that is ours keep a write-ahead log.
    pub(super) fn write_ahead(&self) -> Result<(), StoreError> {
        self.set("journal_mode", "wal")
    }

    /// Makes the settings of `role`.
    pub(crate) fn configure(&self, role: Role) -> Result<(), StoreError> {
        let linked = rusqlite::version_number();
        if linked < OLDEST_SQLITE {
            return Err(StoreError::Refused(format!(
                "this program was built with SQLite {linked}, which can lose pages of its log; build it with {OLDEST_SQLITE} or later"
            )));
        }
        for option in [DbConfig::SQLITE_DBCONFIG_DQS_DML, DbConfig::SQLITE_DBCONFIG_DQS_DDL] {
            self.db.set_db_config(option, false).map_err(failure)?;
        }
        // With a plan that does not depend on a parameter's value, a statement is planned once and not at each use.
        for option in [DbConfig::SQLITE_DBCONFIG_DEFENSIVE, DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG] {
            self.db.set_db_config(option, true).map_err(failure)?;
        }
        // A connection that only reads cannot change the mode; reading it back below still checks it.
        let own: &[_] = if role == Role::Read { &OF_READERS } else { &OF_WRITERS };
        if role == Role::Read {
            self.script(MAP)?;
        }
        OF_ALL.iter().chain(own).try_for_each(|(name, value)| self.set(name, value))
    }

    /// Whether nothing was ever written; undoes what a power loss cut.
    pub(crate) fn is_empty(&self) -> Result<bool, StoreError> {
        self.setting("page_count", |row, column| row.integer(column)).map(|pages| pages == 0)
    }

    /// Leaves the log as it is on closing, where the last connection would move it into the database file.
    pub(crate) fn keep_log(&self) -> Result<(), StoreError> {
        self.db.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true).map(drop).map_err(failure)
    }

    /// The mark in the file's header: whose it is.
    pub(crate) fn application(&self) -> Result<i64, StoreError> {
        self.setting("application_id", |row, column| row.integer(column))
    }

    /// The schema's number, in the file's header.
    pub(crate) fn schema(&self) -> Result<i64, StoreError> {
        self.setting("user_version", |row, column| row.integer(column))
    }

    fn set(&self, name: &str, value: &str) -> Result<(), StoreError> {
        self.script(&format!("PRAGMA {name}={value}"))?;
        let kept = self.setting(name, |row, column| match row.text(column) {
            Ok(text) => Ok(text.to_owned()),
            Err(_) => row.integer(column).map(|number| number.to_string()),
        })?;
        if kept == value {
            Ok(())
        } else {
            Err(StoreError::Refused(format!(
                "the database keeps `{name}` at `{kept}` where `{value}` is needed"
            )))
        }
    }

    fn setting<T>(
        &self,
        name: &str,
        read: impl FnOnce(&Row<'_>, usize) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        self.first(&format!("PRAGMA {name}"), &[], |row| read(row, 0))?
            .ok_or_else(|| StoreError::Refused(format!("the database does not know the setting `{name}`")))
    }
}
