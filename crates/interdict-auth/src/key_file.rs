//! Files of keys: made whole or not at all, readable by their owner alone.

use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind, Write};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

use interdict_model::Timestamp;
use zeroize::Zeroizing;

use crate::client_secret::random;

/// Reads the file at `path`, or makes it of what `text` says at that instant. Where another process makes it at the same
/// time, one of the two files stays and both use it.
pub(crate) fn read_or_create(
    path: &Path,
    text: impl FnOnce(Timestamp) -> io::Result<Zeroizing<Vec<u8>>>,
) -> io::Result<Zeroizing<Vec<u8>>> {
    match read(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => {
            create(path, text)?;
            read(path)
        }
        result => result,
    }
}

/// Puts `text` in place of the file at `path`, whole or not at all.
pub(crate) fn replace(path: &Path, text: &[u8]) -> io::Result<()> {
    let unfinished = beside(path);
    let replaced = write_new(&unfinished, |_| Ok(Zeroizing::new(text.to_vec())))
        .and_then(|()| fs::rename(&unfinished, path))
        .and_then(|()| sync_directory_of(path));
    if replaced.is_err() {
        // Where it was not made there is nothing to remove.
        let _ = fs::remove_file(&unfinished);
    }
    replaced
}

fn read(path: &Path) -> io::Result<Zeroizing<Vec<u8>>> {
    let text = Zeroizing::new(fs::read(path)?);
    let mode = fs::metadata(path)?.permissions().mode();
    if mode & 0o077 != 0 {
        tracing::warn!(file = %path.display(), "the key can be read by others: set its mode to 0600");
    }
    Ok(text)
}

fn create(path: &Path, text: impl FnOnce(Timestamp) -> io::Result<Zeroizing<Vec<u8>>>) -> io::Result<()> {
    let unfinished = beside(path);
    let result = write_new(&unfinished, text).and_then(|()| match fs::hard_link(&unfinished, path) {
        Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(()),
        // File systems without links: the last writer wins.
        Err(_) => fs::rename(&unfinished, path),
        Ok(()) => Ok(()),
    });
    match fs::remove_file(&unfinished) {
        Err(error) if error.kind() != ErrorKind::NotFound => result.and(Err(error)),
        _ => result,
    }?;
    sync_directory_of(path)
}

fn sync_directory_of(path: &Path) -> io::Result<()> {
    let directory = path.parent().filter(|it| !it.as_os_str().is_empty()).unwrap_or(Path::new("."));
    File::open(directory)?.sync_all()
}

fn beside(path: &Path) -> PathBuf {
    path.with_extension(format!("{:x}.tmp", u64::from_le_bytes(random())))
}

fn write_new(path: &Path, text: impl FnOnce(Timestamp) -> io::Result<Zeroizing<Vec<u8>>>) -> io::Result<()> {
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
    // The file's own birth, by the clock of the machine.
    let born = file.metadata()?.modified()?.duration_since(UNIX_EPOCH).unwrap_or_default();
    let born = Timestamp::from_ticks(i64::try_from(born.as_nanos() / 100).unwrap_or(0));
    file.write_all(&text(born)?)?;
    file.sync_all()
}
