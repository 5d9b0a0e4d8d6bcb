//! `interdict import`: an export's journals into an empty store, and the rows that they add up to.

use std::fs::File;
use std::io::{BufRead, BufReader, Read as _};
use std::path::{Path, PathBuf};

use clap::Args;
use interdict_app::import::{Import, ImportError};
use interdict_model::line::{Line, Totals};
use interdict_store::{Store, StoreError};

use super::progress::Progress;
use super::serve::opening::store_failure;
use crate::config::{LogFlags, StoreLocation, StorePlace};
use crate::data_dir::DataDir;
use crate::failure::Failure;
use crate::logging::{self, LogLevel};
use crate::{system, terminal};

/// Bytes of the longest line: some times what a request may hold, since JSON inside JSON is longer.
const LONGEST_LINE: u64 = 16 * 1024 * 1024;

/// The flags of `import`.
#[derive(Args, Debug)]
pub(crate) struct ImportFlags {
    /// The export; `-` is stdin
    file: PathBuf,
    #[command(flatten)]
    store: StorePlace,
}

/// Carries out `import`.
pub(crate) fn run(flags: &ImportFlags, log: LogFlags) -> Result<(), Failure> {
    logging::start(log.log_format.unwrap_or_default(), log.log_level.unwrap_or(LogLevel::Warn));
    let location = StoreLocation::load(&flags.store)?;
    let totals = super::runtime()?.block_on(import(&location, &flags.file))?;
    print(totals);
    Ok(())
}

/// Says how much was taken over.
pub(super) fn print(totals: Totals) {
    let rows = [("tenants", totals.tenants), ("entries", totals.entries)]
        .map(|(name, count)| vec![name.to_owned(), count.to_string()]);
    terminal::columns(&rows).iter().for_each(terminal::print);
    terminal::print("every journal ends as it did, and the rows are what it adds up to");
}

/// Begins an import into the store at that place.
pub(super) async fn begin(location: &StoreLocation) -> Result<Import, Failure> {
    DataDir::at(&location.data_dir).create()?;
    let opened = Store::open(&location.options, system::birth()).await;
    let (store, writers) = opened.map_err(|error| store_failure(&error))?;
    Import::begin(store, writers).await.map_err(|error| failed("", &error))
}

async fn import(location: &StoreLocation, file: &Path) -> Result<Totals, Failure> {
    let name = format!("`{}`", file.display());
    let unread = |error: std::io::Error| Failure::failed(format!("cannot read {name}: {error}"));
    let mut text: Box<dyn BufRead> = if file == Path::new("-") {
        Box::new(std::io::stdin().lock())
    } else {
        Box::new(BufReader::new(File::open(file).map_err(unread)?))
    };
    let mut import = begin(location).await?;
    let progress = Progress::begin("importing");
    let mut bytes = Vec::new();
    for number in 1_u64.. {
        bytes.clear();
        let length = text.by_ref().take(LONGEST_LINE).read_until(b'\n', &mut bytes).map_err(unread)?;
        if length == 0 {
            break;
        }
        let place = format!("{name} line {number}: ");
        let line: Line = serde_json::from_slice(&bytes).map_err(|error| {
            Failure::failed(format!("{place}{error}"))
                .hint("an export has one JSON object a line, as `interdict export` writes it")
        })?;
        import.take(line).await.map_err(|error| failed(&place, &error))?;
        let (done, of) = import.progress();
        progress.show(done.entries, of);
    }
    // A text may be old, as a copy may be; what is finished says so already.
    Store::renew(&location.options, system::birth().epoch).await.map_err(|error| store_failure(&error))?;
    import.finish().await.map_err(|error| failed(&format!("{name}: "), &error))
}

/// What to say where an import does not go on.
pub(super) fn failed(place: &str, error: &ImportError) -> Failure {
    let message = format!("{place}{error}");
    match error {
        ImportError::NotEmpty(_) => {
            Failure::failed(message).hint("an import needs a new data directory or an empty database")
        }
        ImportError::Store(StoreError::Unfit(_)) => Failure::usage(message),
        ImportError::Store(_) | ImportError::Entry { .. } | ImportError::Lines(_) => Failure::failed(message)
            .hint("what was imported stays, and no server runs on it; the same command goes on from there"),
    }
}
