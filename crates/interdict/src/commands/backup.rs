//! `interdict backup` and `interdict restore`: a copy of an SQLite store, taken while it serves; and a store out of a copy,
//! verified before it is put in place.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::mpsc;
use std::time::Duration;

use clap::Args;
use interdict_store::{Report, SqliteOptions, Store, StoreOptions};
use tempfile::TempDir;

use super::progress::Progress;
use super::serve::opening::store_failure;
use crate::config::{LogFlags, StoreLocation, StorePlace};
use crate::data_dir::DataDir;
use crate::failure::Failure;
use crate::logging::{self, LogLevel};
use crate::{system, terminal};

/// How often the length of a growing file is looked at.
const LOOK: Duration = Duration::from_millis(200);
const CHUNK: usize = 1 << 20;

/// The flags of `backup`.
#[derive(Args, Debug)]
pub(crate) struct BackupFlags {
    /// The copy, which must not be there yet
    file: PathBuf,
    #[command(flatten)]
    store: StorePlace,
}

/// The flags of `restore`.
#[derive(Args, Debug)]
pub(crate) struct RestoreFlags {
    /// The copy; none where PostgreSQL's own tools have put the database back
    file: Option<PathBuf>,
    #[command(flatten)]
    store: StorePlace,
}

/// Carries out `backup`.
pub(crate) fn back_up(flags: &BackupFlags, log: LogFlags) -> Result<(), Failure> {
    logging::start(log.log_format.unwrap_or_default(), log.log_level.unwrap_or(LogLevel::Warn));
    let location = StoreLocation::load(&flags.store)?;
    let StoreOptions::Sqlite(options) = &location.options else {
        return Err(Failure::usage("a PostgreSQL store is backed up by PostgreSQL's own tools")
            .hint("pg_dump, pg_basebackup and archiving all take consistent copies: docs/backup.md"));
    };
    let file = &flags.file;
    if file.exists() {
        return Err(Failure::failed(format!("`{}` is there already", file.display())));
    }
    let report = Unfinished::make(file)?.completed(|unfinished| {
        copied(options, unfinished)?;
        super::runtime()?.block_on(verified(&SqliteOptions::new(unfinished.to_owned(), 1).into()))
    })?;
    say(report);
    Ok(())
}

/// Carries out `restore`.
pub(crate) fn restore(flags: &RestoreFlags, log: LogFlags) -> Result<(), Failure> {
    logging::start(log.log_format.unwrap_or_default(), log.log_level.unwrap_or(LogLevel::Warn));
    let location = StoreLocation::load(&flags.store)?;
    let runtime = super::runtime()?;
    let report = match (&location.options, &flags.file) {
        (StoreOptions::Sqlite(options), Some(file)) => {
            DataDir::at(&location.data_dir).create()?;
            runtime.block_on(restored(options, file))?
        }
        (options @ StoreOptions::Postgres(_), None) => runtime.block_on(renewed(options))?,
        (StoreOptions::Sqlite(_), None) => return Err(Failure::usage("which copy is to be restored?")),
        (StoreOptions::Postgres(_), Some(_)) => {
            return Err(Failure::usage("a PostgreSQL store is put back by PostgreSQL's own tools")
                .hint("then run `interdict restore` without a file: it verifies the journals and begins a new epoch"));
        }
    };
    say(report);
    Ok(())
}

fn say(Report { tenants, entries, actions, .. }: Report) {
    let rows = [("tenants", tenants), ("entries", entries), ("actions", actions)]
        .map(|(name, count)| vec![name.to_owned(), count.to_string()]);
    terminal::columns(&rows).iter().for_each(terminal::print);
    terminal::print("every entry is chained to the one before, and every row is what the entries add up to");
}

/// Copies the store, showing how far it has come.
fn copied(options: &SqliteOptions, copy: &Path) -> Result<(), Failure> {
    let length = fs::metadata(&options.path).map_or(0, |found| found.len());
    let progress = Progress::of_bytes("copying", length);
    std::thread::scope(|scope| {
        let (tell, told) = mpsc::channel();
        scope.spawn(move || drop(tell.send(Store::back_up(options, copy))));
        loop {
            match told.recv_timeout(LOOK) {
                Ok(outcome) => {
                    break outcome
                        .map_err(|error| Failure::failed(format!("cannot copy the store: {error}")));
                }
                Err(mpsc::RecvTimeoutError::Timeout) => {
                    progress.at(fs::metadata(copy).map_or(0, |found| found.len()));
                }
                Err(mpsc::RecvTimeoutError::Disconnected) => {
                    break Err(Failure::failed("the copy was given up"));
                }
            }
        }
    })
}

/// Puts a copy in place of a store that is not there.
async fn restored(options: &SqliteOptions, file: &Path) -> Result<Report, Failure> {
    let place = &options.path;
    if fs::metadata(place).is_ok_and(|found| found.len() > 0) {
        return Err(Failure::failed(format!("there is a store at `{}` already", place.display()))
            .hint("restore into a new data directory, or move the old store and its `-wal` away first"));
    }
    let unfinished = Unfinished::make(place)?;
    copy_bytes(file, &unfinished.path)?;
    // What is foreign, cut or newer is refused here, the place still being free.
    Store::adopt(&unfinished.path, file).map_err(|error| store_failure(&error))?;
    let copy: StoreOptions = SqliteOptions::new(unfinished.path.clone(), 1).into();
    let report = verified(&copy).await?;
    Store::renew(&copy, system::birth().epoch).await.map_err(|error| store_failure(&error))?;
    unfinished.completed(|_| Ok(report))
}

/// Verifies a database that was put back, and gives it another epoch.
async fn renewed(options: &StoreOptions) -> Result<Report, Failure> {
    let report = verified(options).await?;
    Store::renew(options, system::birth().epoch).await.map_err(|error| store_failure(&error))?;
    Ok(report)
}

async fn verified(options: &StoreOptions) -> Result<Report, Failure> {
    super::audit::verified(options).await
}

fn copy_bytes(from: &Path, to: &Path) -> Result<(), Failure> {
    let copy = || -> io::Result<()> {
        let mut source = File::open(from)?;
        let progress = Progress::of_bytes("copying", source.metadata()?.len());
        let mut target = OpenOptions::new().write(true).open(to)?;
        let (mut chunk, mut done) = (vec![0; CHUNK], 0_u64);
        loop {
            let length = source.read(&mut chunk)?;
            if length == 0 {
                return target.sync_all();
            }
            target.write_all(chunk.get(..length).unwrap_or_default())?;
            done += u64::try_from(length).unwrap_or(0);
            progress.at(done);
        }
    };
    copy().map_err(|error| Failure::failed(format!("cannot copy `{}`: {error}", from.display())))
}

/// A file for its owner alone, in a directory of its own beside its place, that takes the place once it is complete. Whatever
/// is left of it and beside it goes with the directory.
struct Unfinished {
    path: PathBuf,
    place: PathBuf,
    _directory: TempDir,
}

impl Unfinished {
    fn make(place: &Path) -> Result<Self, Failure> {
        let make = || -> io::Result<Self> {
            let directory = tempfile::Builder::new().prefix(".interdict-").tempdir_in(folder_of(place))?;
            let path = directory.path().join("unfinished");
            OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path)?;
            Ok(Self { path, place: place.to_owned(), _directory: directory })
        };
        make().map_err(|error| unmade(place, &error))
    }

    fn completed<T>(self, complete: impl FnOnce(&Path) -> Result<T, Failure>) -> Result<T, Failure> {
        let done = complete(&self.path)?;
        let moved =
            fs::rename(&self.path, &self.place).and_then(|()| File::open(folder_of(&self.place))?.sync_all());
        moved.map(|()| done).map_err(|error| unmade(&self.place, &error))
    }
}

fn folder_of(place: &Path) -> &Path {
    place.parent().filter(|it| !it.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

fn unmade(place: &Path, error: &io::Error) -> Failure {
    Failure::failed(format!("cannot make `{}`: {error}", place.display()))
}
