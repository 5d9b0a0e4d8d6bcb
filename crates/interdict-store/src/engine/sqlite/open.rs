//! Opening a file: whose it is, and who else holds it.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::Read;
use std::os::unix::fs::{FileExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use super::{APPLICATION_ID, Connection, Role};
use crate::{SqliteOptions, StoreError};

/// What a rollback journal that was synced begins with.
const JOURNAL_MAGIC: [u8; 8] = [0xd9, 0xd5, 0x05, 0xf9, 0x20, 0xa1, 0x63, 0xd7];
/// The head of a rollback journal up to the number of pages, in four bytes, that the file had before.
const JOURNAL_HEAD: u64 = 20;
/// Where the header of a database file has its application's mark.
const MARK_OFFSET: u64 = 68;

/// Files held as long as any connection is open.
///
/// Closing any descriptor of the database file drops the POSIX locks that SQLite holds on it in this process.
/// So one is opened for the checkpointer to sync, once, and every owner of a connection keeps this behind it.
#[derive(Debug)]
pub(crate) struct Held {
    /// The database file.
    pub(crate) database: File,
    /// The lock that keeps other processes away.
    _lock: File,
}

/// Takes the lock and the file, making it where there is none.
pub(crate) fn hold(path: &Path) -> Result<Held, StoreError> {
    refuse_non_file(path)?;
    let lock_path = path.with_file_name("lock");
    let lock = private()
        .create(true)
        .truncate(false)
        .open(&lock_path)
        .map_err(|error| unopened(&lock_path, &error))?;
    lock.try_lock().map_err(|error| match error {
        TryLockError::WouldBlock => StoreError::Refused(format!(
            "another process holds `{}`; stop it first, or use another data directory",
            lock_path.display()
        )),
        TryLockError::Error(error) => unopened(&lock_path, &error),
    })?;
    let is_new = !path.exists();
    let database =
        private().create(true).truncate(false).open(path).map_err(|error| unopened(path, &error))?;
    if is_new {
        sync_directory_of(path)?;
    }
    Ok(Held { database, _lock: lock })
}

/// Opens the writer's connection on a file that is ours, or that is empty and becomes ours.
pub(crate) fn open_for_writing(options: &SqliteOptions, held: &Held) -> Result<Connection, StoreError> {
    let path = &options.path;
    let length = held.database.metadata().map_err(|error| unopened(path, &error))?.len();
    if length > 0 && !was_cut_while_founded(path, held) {
        // Looked at read-only first: a refused file stays as it is.
        let connection = Connection::open(path, options.vfs.as_deref(), Role::Read)?;
        refuse_foreign(path, &connection)?;
    }
    let connection = Connection::open(path, options.vfs.as_deref(), Role::Write)?;
    if connection.is_empty()? {
        connection.found()?;
    } else {
        refuse_foreign(path, &connection)?;
    }
    connection.configure(Role::Write)?;
    Ok(connection)
}

/// Whether power was lost while the file became ours. Only then is there a journal of a kind that is not used later,
/// which a read-only connection cannot undo: of a file that was empty before, or that has our mark already.
fn was_cut_while_founded(path: &Path, held: &Held) -> bool {
    let mut journal = path.as_os_str().to_owned();
    journal.push("-journal");
    let mut head = Vec::new();
    if File::open(journal).and_then(|journal| journal.take(JOURNAL_HEAD).read_to_end(&mut head)).is_err() {
        return false;
    }
    let was_empty = head.starts_with(&JOURNAL_MAGIC) && head.get(16..) == Some(&[0; 4]);
    let mut mark = [0; 4];
    let is_marked = held.database.read_exact_at(&mut mark, MARK_OFFSET).is_ok()
        && i64::from(u32::from_be_bytes(mark)) == APPLICATION_ID;
    !head.is_empty() && (is_marked || was_empty)
}

/// Refuses a file that another program wrote.
pub(crate) fn refuse_foreign(path: &Path, connection: &Connection) -> Result<(), StoreError> {
    let foreign = || {
        StoreError::Refused(format!(
            "`{}` is not a database of Interdict; move it away, or use another data directory",
            path.display()
        ))
    };
    let application = connection.application().map_err(|error| match error {
        StoreError::Corrupt(_) => foreign(),
        other => other,
    })?;
    if application == APPLICATION_ID { Ok(()) } else { Err(foreign()) }
}

/// Looks at a file as its readers will, and refuses one that is not ours.
pub(crate) fn refuse_foreign_file(options: &SqliteOptions) -> Result<(), StoreError> {
    let connection = Connection::open(&options.path, options.vfs.as_deref(), Role::Read)?;
    refuse_foreign(&options.path, &connection)
}

/// Refuses a place where there is nothing.
pub(crate) fn refuse_missing(options: &SqliteOptions) -> Result<(), StoreError> {
    if options.path.exists() {
        return Ok(());
    }
    Err(StoreError::Refused(format!("there is no database at `{}`", options.path.display())))
}

/// Refuses what is there and is no file.
pub(crate) fn refuse_non_file(path: &Path) -> Result<(), StoreError> {
    match fs::metadata(path) {
        Ok(found) if !found.is_file() => Err(StoreError::Refused(format!(
            "`{}` is not a file; move it away, or use another data directory",
            path.display()
        ))),
        _ => Ok(()),
    }
}

fn private() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.read(true).write(true).mode(0o600);
    options
}

/// A new file is durable when its directory's entry is.
fn sync_directory_of(path: &Path) -> Result<(), StoreError> {
    let directory = path
        .parent()
        .filter(|parent| !parent.as_os_str().is_empty())
        .map_or(PathBuf::from("."), PathBuf::from);
    File::open(&directory)
        .and_then(|directory| directory.sync_all())
        .map_err(|error| unopened(&directory, &error))
}

fn unopened(path: &Path, error: &std::io::Error) -> StoreError {
    StoreError::Refused(format!("`{}` cannot be opened: {error}", path.display()))
}
