//! [`crate::faults::Fault::UnsyncedTail`]: what a loss of power does to commits that were not synced.

use std::fs::OpenOptions;
use std::io;
use std::os::unix::fs::FileExt;
use std::path::Path;

/// Frames that are lost: the last few commits.
const LOST: u64 = 12;
/// Of the log's header, and within it the salts that its frames repeat.
const HEADER: u64 = 32;
const SALTS: u64 = 16;
/// A frame: its header, with the salts in it, and a page.
const FRAME: u64 = 24 + 4_096;
const SALTS_OF_FRAME: u64 = 8;

/// Cuts the end off the write-ahead log, where a process that was killed left one.
pub(crate) fn lose_tail(database: &Path) -> io::Result<()> {
    let mut path = database.as_os_str().to_owned();
    path.push("-wal");
    let log = match OpenOptions::new().read(true).write(true).open(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        opened => opened?,
    };
    let mut salts = [0; 8];
    if log.metadata()?.len() < HEADER {
        return Ok(());
    }
    log.read_exact_at(&mut salts, SALTS)?;
    // Frames after the newest are left from an earlier round of the log, and have other salts.
    let (mut frames, mut found) = (0, [0; 8]);
    while log.read_exact_at(&mut found, HEADER + frames * FRAME + SALTS_OF_FRAME).is_ok() && found == salts {
        frames += 1;
    }
    log.set_len(HEADER + frames.saturating_sub(LOST) * FRAME)
}
