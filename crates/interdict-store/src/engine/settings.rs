//! What makes commits durable and reads cheap: every setting is made and then read back.

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
const OF_ALL: [(&str, &str); 4] =
    [("journal_mode", "wal"), ("mmap_size", "0"), ("temp_store", "2"), ("trusted_schema", "0")];

/// Settings of the writer and the checkpointer.
const OF_WRITERS: [(&str, &str); 3] =
    [("synchronous", "2"), ("wal_autocheckpoint", "0"), ("cache_size", "-65536")];

/// Settings of readers.
const OF_READERS: [(&str, &str); 2] = [("query_only", "1"), ("cache_size", "-8192")];

impl Connection {
    /// Makes an empty file ours.
    pub(crate) fn found(&self) -> Result<(), StoreError> {
        OF_THE_FILE.iter().try_for_each(|(name, value)| self.set(name, value))
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
        self.db.set_db_config(DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true).map_err(failure)?;
        // A connection that only reads cannot change the mode; reading it back below still checks it.
        let own: &[_] = if role == Role::Read { &OF_READERS } else { &OF_WRITERS };
        OF_ALL.iter().chain(own).try_for_each(|(name, value)| self.set(name, value))
    }

    /// The marks in the file's header: application and schema number.
    pub(crate) fn marks(&self) -> Result<(i64, i64), StoreError> {
        let mark = |name| self.setting(name, |row, column| row.integer(column));
        Ok((mark("application_id")?, mark("user_version")?))
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
