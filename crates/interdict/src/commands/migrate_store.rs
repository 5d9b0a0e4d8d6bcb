//! `interdict migrate-store`: the journals of one store into another, empty one, of whichever engine.

use std::path::PathBuf;

use clap::Args;
use interdict_store::{Store, StoreError, StoreOptions};
use tokio::sync::mpsc;

use super::export::{WAITING, sealing_keys};
use super::import::{begin, failed, print};
use super::progress::Progress;
use super::serve::opening::store_failure;
use crate::config::{LogFlags, Place, StoreLocation, StorePlace};
use crate::data_dir::DataDir;
use crate::failure::Failure;
use crate::logging::{self, LogLevel};
use crate::system;

/// The flags of `migrate-store`.
#[derive(Args, Debug)]
pub(crate) struct MigrateStoreFlags {
    /// The store to read, sqlite:PATH or postgres://USER@HOST/DATABASE; no server may run on it
    #[arg(long, value_name = "URL")]
    from: String,
    /// File with the password of its PostgreSQL user
    #[arg(long, value_name = "FILE")]
    from_password_file: Option<PathBuf>,
    /// The empty store to fill
    #[arg(long, value_name = "URL")]
    to: String,
    /// File with the password of its PostgreSQL user
    #[arg(long, value_name = "FILE")]
    to_password_file: Option<PathBuf>,
    #[command(flatten)]
    place: Place,
}

/// Carries out `migrate-store`.
pub(crate) fn run(flags: &MigrateStoreFlags, log: LogFlags) -> Result<(), Failure> {
    logging::start(log.log_format.unwrap_or_default(), log.log_level.unwrap_or(LogLevel::Warn));
    let at = |database: &str, password: &Option<PathBuf>| {
        StoreLocation::load(&StorePlace {
            place: flags.place.clone(),
            database: Some(database.to_owned()),
            database_password_file: password.clone(),
        })
    };
    let (from, to) = (at(&flags.from, &flags.from_password_file)?, at(&flags.to, &flags.to_password_file)?);
    super::runtime()?.block_on(migrate(&from, &to))
}

async fn migrate(from: &StoreLocation, to: &StoreLocation) -> Result<(), Failure> {
    // What is written while it is read would be left behind. Of a server's clients nothing is known.
    let _held = match &from.options {
        StoreOptions::Sqlite(options) => Some(Store::hold(options).map_err(|error| store_failure(&error))?),
        StoreOptions::Postgres(_) => None,
    };
    let source = Store::open_read_only(&from.options).await.map_err(|error| store_failure(&error))?;
    let unsure = source.unsure_tenants().await.map_err(|error| store_failure(&error))? > 0;
    let keys = sealing_keys(&DataDir::at(&from.data_dir))?;
    let mut import = begin(to).await?;
    let (sender, mut lines) = mpsc::channel(WAITING);
    let reading = tokio::spawn(async move { source.read_out(&[], keys, &sender).await });
    let progress = Progress::begin("migrating");
    while let Some(line) = lines.recv().await {
        import.take(line).await.map_err(|error| failed("", &error))?;
        let (done, of) = import.progress();
        progress.show(done.entries, of);
    }
    reading
        .await
        .unwrap_or_else(|error| Err(StoreError::Unavailable(error.to_string())))
        .map_err(|error| Failure::failed(format!("cannot read the journals: {error}")))?;
    drop(progress);
    if unsure {
        // Of what was restored and not confirmed this is a copy.
        Store::renew(&to.options, system::birth().epoch).await.map_err(|error| store_failure(&error))?;
    }
    let totals = import.finish().await.map_err(|error| failed("", &error))?;
    print(totals);
    Ok(())
}
