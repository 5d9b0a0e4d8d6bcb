//! Copies of a store: taken while it serves, and put in place of one that is not there.

use std::fs::File;
use std::path::Path;

use crate::engine::{Session, sqlite};
use crate::{SqliteOptions, Store, StoreError, StoreOptions, birth};

impl Store {
    /// Writes one state of an SQLite store into `copy`, an empty file. A server may run meanwhile, and what it writes is
    /// not waited for. The copy is durable.
    ///
    /// # Errors
    /// [`StoreError::NoSpace`], or as [`Store::open_read_only`].
    pub fn back_up(options: &SqliteOptions, copy: &Path) -> Result<(), StoreError> {
        sqlite::refuse_missing(options)?;
        sqlite::refuse_foreign_file(options)?;
        let connection = sqlite::Connection::open(&options.path, options.vfs.as_deref(), sqlite::Role::Read)?;
        connection.copy_into(copy)?;
        Self::adopt(copy, copy)?;
        let synced = File::open(copy).and_then(|file| file.sync_all());
        synced.map_err(|error| StoreError::Unavailable(format!("the copy was not synced: {error}")))
    }

    /// Makes a store's file of a copy: reads every page, and has it written ahead of from here on. `original` is what
    /// errors name.
    ///
    /// # Errors
    /// [`StoreError::Refused`] where it is no copy of a store, or not a whole one.
    pub fn adopt(copy: &Path, original: &Path) -> Result<(), StoreError> {
        let connection = sqlite::Connection::open(copy, None, sqlite::Role::Write)?;
        connection.adopt().map_err(|error| match error {
            StoreError::Corrupt(why) => StoreError::Refused(format!(
                "`{}` is not a copy of a store of Interdict, or not a whole one: {why}",
                original.display()
            )),
            other => other,
        })
    }

    /// Gives a store that was put back another epoch, so that what was told of the one before is not taken for its own,
    /// and marks it: what was put in force after the backup is not known. Nothing else is changed.
    ///
    /// # Errors
    /// As [`Store::open`].
    pub async fn renew(options: &StoreOptions, epoch: u32) -> Result<(), StoreError> {
        match options {
            StoreOptions::Sqlite(options) => {
                let mut connection =
                    sqlite::Connection::open(&options.path, options.vfs.as_deref(), sqlite::Role::Write)?;
                birth::renew(&mut Session::Sqlite(&mut connection), epoch).await
            }
            StoreOptions::Postgres(_) => {
                let store = Self::open_read_only(options).await?;
                let mut reader = store.reader(None).await?;
                let mut session = reader.session()?;
                birth::renew(&mut session, epoch).await
            }
        }
    }
}
