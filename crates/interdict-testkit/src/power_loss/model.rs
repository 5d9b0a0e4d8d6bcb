//! The disk: its files, and which call is done, fails or ends it.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::c_int;
use std::path::{Path, PathBuf};

use rusqlite::ffi;

use super::file::{Change, File, apply, survivors};
use super::random::Random;

/// A kind of call that changes the disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A file is made.
    Create,
    /// Bytes are written.
    Write,
    /// A file is cut.
    Truncate,
    /// A file is synced.
    Sync,
    /// A file is removed.
    Delete,
}

/// How a call fails once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// An I/O error, whatever the call. A failed sync loses any part of what it should have made durable. A later
    /// one does not bring it back, but every other open handle of the file hears of the error once, at its own next
    /// sync, as Linux has it since 4.13 (fsync(2), EIO).
    Io,
    /// The disk is full; hits writes alone.
    Full,
    /// An I/O error of the first sync of a database file that is the call or comes after it.
    DatabaseSync,
}

/// The call that a fault hit.
#[derive(Clone, Debug)]
pub struct Fired {
    /// What it was to do.
    pub kind: Kind,
    /// To which file.
    pub path: PathBuf,
}

/// Syncs that are reported but not done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ignored {
    /// Every sync, as with `synchronous=OFF`.
    All,
    /// Those of the database file alone: checkpoints are not durable.
    OfDatabase,
}

/// An open file's number.
pub(super) type Handle = u64;

/// The disk.
#[derive(Debug)]
pub(super) struct State {
    files: BTreeMap<PathBuf, File>,
    random: Random,
    /// Every open handle, with its file; none for a temporary one.
    handles: BTreeMap<Handle, Option<PathBuf>>,
    /// Handles that are yet to hear of a sync that failed through another.
    unheard: BTreeSet<Handle>,
    pub(super) calls: u64,
    pub(super) database_syncs: u64,
    pub(super) cut_at: Option<u64>,
    pub(super) dead: bool,
    pub(super) fault: Option<(u64, Fault)>,
    pub(super) fired: Option<Fired>,
    pub(super) ignored: Option<Ignored>,
}

impl State {
    pub(super) fn new(seed: u64) -> Self {
        Self {
            files: BTreeMap::new(),
            random: Random::new(seed),
            handles: BTreeMap::new(),
            unheard: BTreeSet::new(),
            calls: 0,
            database_syncs: 0,
            cut_at: None,
            dead: false,
            fault: None,
            fired: None,
            ignored: None,
        }
    }

    pub(super) fn knows(&self, path: &Path) -> bool {
        self.files.contains_key(path)
    }

    /// Learns of a file that was there before; what it holds is durable.
    pub(super) fn learn(&mut self, path: &Path, content: Vec<u8>) {
        self.files.insert(path.to_owned(), File { synced: content, since: Vec::new() });
    }

    pub(super) fn open(&mut self, path: Option<&Path>) -> Handle {
        let handle = self.handles.last_key_value().map_or(0, |(last, _)| last + 1);
        self.handles.insert(handle, path.map(Path::to_owned));
        handle
    }

    pub(super) fn close(&mut self, handle: Handle) {
        self.handles.remove(&handle);
        self.unheard.remove(&handle);
    }

    pub(super) fn create(&mut self, path: &Path) -> Result<(), c_int> {
        self.admit(Kind::Create, path)
    }

    pub(super) fn write(&mut self, path: &Path, offset: u64, bytes: &[u8]) -> Result<(), c_int> {
        let was_dead = self.dead;
        let admitted = self.admit(Kind::Write, path);
        // The write during which the power goes may be on the disk, or a part of it.
        if admitted.is_ok() || self.dead && !was_dead {
            self.note(path, Change::Write { offset, bytes: bytes.to_vec() });
        }
        admitted
    }

    pub(super) fn truncate(&mut self, path: &Path, length: u64) -> Result<(), c_int> {
        let was_dead = self.dead;
        let admitted = self.admit(Kind::Truncate, path);
        if admitted.is_ok() || self.dead && !was_dead {
            self.note(path, Change::Truncate(length));
        }
        admitted
    }

    pub(super) fn sync(&mut self, handle: Handle, path: &Path) -> Result<(), c_int> {
        let was_dead = self.dead;
        let admitted = self.admit(Kind::Sync, path);
        if admitted.is_ok() && self.unheard.remove(&handle) {
            // What was written since the failure may be durable or not.
            return Err(ffi::SQLITE_IOERR_FSYNC);
        }
        let is_database = is_database(path);
        self.database_syncs += u64::from(is_database && admitted.is_ok());
        let ignored = match self.ignored {
            None => false,
            Some(Ignored::All) => true,
            Some(Ignored::OfDatabase) => is_database,
        };
        let Some(file) = self.files.get_mut(path) else { return admitted };
        if admitted.is_err() {
            if !self.dead && !was_dead {
                file.synced = survivors(file, &mut self.random);
                file.since.clear();
                let others = self.handles.iter().filter(|(_, opened)| opened.as_deref() == Some(path));
                self.unheard.extend(others.map(|(other, _)| *other).filter(|other| *other != handle));
            }
        } else if !ignored {
            for change in file.since.drain(..) {
                apply(&mut file.synced, &change, None);
            }
        }
        admitted
    }

    pub(super) fn delete(&mut self, path: &Path) -> Result<(), c_int> {
        self.admit(Kind::Delete, path)?;
        self.files.remove(path);
        Ok(())
    }

    /// Counts the call, and says whether it is done.
    fn admit(&mut self, kind: Kind, path: &Path) -> Result<(), c_int> {
        let failure = match kind {
            Kind::Create => ffi::SQLITE_CANTOPEN,
            Kind::Write => ffi::SQLITE_IOERR_WRITE,
            Kind::Truncate => ffi::SQLITE_IOERR_TRUNCATE,
            Kind::Sync => ffi::SQLITE_IOERR_FSYNC,
            Kind::Delete => ffi::SQLITE_IOERR_DELETE,
        };
        if self.dead {
            return Err(failure);
        }
        self.calls += 1;
        if self.cut_at == Some(self.calls) {
            self.dead = true;
            return Err(failure);
        }
        let Some((call, fault)) = self.fault else { return Ok(()) };
        let fired = Fired { kind, path: path.to_owned() };
        let hits = match fault {
            Fault::Io => call == self.calls,
            Fault::Full => call == self.calls && kind == Kind::Write,
            Fault::DatabaseSync => call <= self.calls && self.fired.is_none() && fired.is_database_sync(),
        };
        if !hits {
            return Ok(());
        }
        self.fired = Some(fired);
        Err(if fault == Fault::Full { ffi::SQLITE_FULL } else { failure })
    }

    fn note(&mut self, path: &Path, change: Change) {
        if let Some(file) = self.files.get_mut(path) {
            file.since.push(change);
        }
    }

    pub(super) fn settle(&mut self) -> std::io::Result<()> {
        if !self.handles.is_empty() {
            return Err(std::io::Error::other(format!("{} files are still open", self.handles.len())));
        }
        self.dead = true;
        for (path, file) in std::mem::take(&mut self.files) {
            std::fs::write(&path, survivors(&file, &mut self.random))?;
            let mut index = path.into_os_string();
            index.push("-shm");
            match std::fs::remove_file(&index) {
                Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error),
                _ => {}
            }
        }
        Ok(())
    }
}

impl Fired {
    /// Whether it was to sync a database file.
    #[must_use]
    pub fn is_database_sync(&self) -> bool {
        self.kind == Kind::Sync && is_database(&self.path)
    }
}

fn is_database(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension == "db")
}
