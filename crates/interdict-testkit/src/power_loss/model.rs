//! What the disk holds: of every file the synced content and the changes since.

use std::collections::BTreeMap;
use std::ffi::c_int;
use std::path::{Path, PathBuf};

use rusqlite::ffi;

/// What a disk writes whole or not at all.
const SECTOR: u64 = 512;

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
    /// An I/O error, whatever the call. A failed sync loses any part of what it should have made durable, and a
    /// later one does not bring it back, as Linux has it.
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

/// A small generator (splitmix64), so that a seed says all.
#[derive(Clone, Debug)]
pub struct Random(u64);

impl Random {
    /// Numbers that follow from `seed`.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ 0x1234_5678_9abc_def1)
    }

    /// The next number.
    pub fn draw(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number from 0 to below `limit`; 0 where that is 0.
    pub fn below(&mut self, limit: u64) -> u64 {
        self.draw().checked_rem(limit).unwrap_or(0)
    }

    fn shuffle<T>(&mut self, items: &mut [T]) {
        for last in (1..items.len()).rev() {
            let other = usize::try_from(self.below(last as u64 + 1)).unwrap_or(last);
            items.swap(last, other);
        }
    }
}

/// A change that is not yet durable.
#[derive(Clone, Debug)]
enum Change {
    Write { offset: u64, bytes: Vec<u8> },
    Truncate(u64),
}

#[derive(Debug, Default)]
struct File {
    synced: Vec<u8>,
    since: Vec<Change>,
}

/// The disk.
#[derive(Debug)]
pub(super) struct State {
    files: BTreeMap<PathBuf, File>,
    random: Random,
    pub(super) handles: usize,
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
            handles: 0,
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

    pub(super) fn sync(&mut self, path: &Path) -> Result<(), c_int> {
        let was_dead = self.dead;
        let admitted = self.admit(Kind::Sync, path);
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
        if self.handles != 0 {
            return Err(std::io::Error::other(format!("{} files are still open", self.handles)));
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

/// What of a file may be left: what was synced, and any part of the rest in any order.
fn survivors(file: &File, random: &mut Random) -> Vec<u8> {
    let percent = match random.below(4) {
        0 => 0,
        1 => 100,
        _ => random.below(100),
    };
    let mut pieces: Vec<Change> = file.since.iter().flat_map(sectors).collect();
    pieces.retain(|_| random.below(100) < percent);
    if random.below(2) == 0 {
        random.shuffle(&mut pieces);
    }
    let mut content = file.synced.clone();
    for piece in &pieces {
        apply(&mut content, piece, Some(random));
    }
    content
}

/// A change as the parts that a disk may do singly.
fn sectors(change: &Change) -> Vec<Change> {
    let Change::Write { offset, bytes } = change else { return vec![change.clone()] };
    let (mut at, mut left, mut parts) = (*offset, &**bytes, Vec::new());
    while !left.is_empty() {
        let length = usize::try_from(SECTOR - at % SECTOR).unwrap_or(left.len()).min(left.len());
        let (part, rest) = left.split_at(length);
        parts.push(Change::Write { offset: at, bytes: part.to_vec() });
        (at, left) = (at + length as u64, rest);
    }
    parts
}

/// Makes the change. Holes are filled with zeros, or as `noise` has it.
fn apply(content: &mut Vec<u8>, change: &Change, noise: Option<&mut Random>) {
    match change {
        Change::Truncate(length) => {
            content.resize(usize::try_from(*length).unwrap_or(usize::MAX), 0);
        }
        Change::Write { offset, bytes } => {
            let start = usize::try_from(*offset).unwrap_or(usize::MAX);
            if start > content.len() {
                let fill =
                    noise.map_or(0, |random| if random.below(2) == 0 { 0 } else { random.draw() as u8 });
                content.resize(start, fill);
            }
            let end = start + bytes.len();
            if end > content.len() {
                content.resize(end, 0);
            }
            if let Some(place) = content.get_mut(start..end) {
                place.copy_from_slice(bytes);
            }
        }
    }
}
