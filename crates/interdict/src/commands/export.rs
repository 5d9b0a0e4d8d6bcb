//! `interdict export`: every journal as JSON Lines, of one state of the store.

use std::collections::HashSet;
use std::fs::{File, OpenOptions};
use std::io::{BufWriter, Write};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use clap::Args;
use interdict_auth::SealKey;
use interdict_model::TenantId;
use interdict_model::line::{Line, SealingKey, Totals};
use interdict_store::{Store, StoreError};
use tokio::sync::mpsc;

use super::progress::Progress;
use super::serve::opening::store_failure;
use crate::config::{LogFlags, StoreLocation, StorePlace};
use crate::data_dir::DataDir;
use crate::failure::Failure;
use crate::logging::{self, LogLevel};
use crate::terminal;

/// Lines that may wait to be written.
pub(super) const WAITING: usize = 1_000;

/// The flags of `export`.
#[derive(Args, Debug)]
pub(crate) struct ExportFlags {
    #[command(flatten)]
    store: StorePlace,
    /// File to write, which must not be there yet [default: stdout]
    #[arg(long, value_name = "FILE")]
    output: Option<PathBuf>,
}

/// Carries out `export`.
pub(crate) fn run(flags: &ExportFlags, log: LogFlags) -> Result<(), Failure> {
    logging::start(log.log_format.unwrap_or_default(), log.log_level.unwrap_or(LogLevel::Warn));
    export_of(&flags.store, &[], flags.output.as_deref())
}

/// Exports the journals of `tenants`, or all where none is named, and says how much it was.
pub(super) fn export_of(
    store: &StorePlace,
    tenants: &[TenantId],
    output: Option<&Path>,
) -> Result<(), Failure> {
    let location = StoreLocation::load(store)?;
    let Totals { tenants, entries } = super::runtime()?.block_on(export(&location, tenants, output))?;
    terminal::notice(format_args!("exported {tenants} tenants, {entries} entries"));
    Ok(())
}

/// Writes the journals of `tenants`, or all where none is named, to the file or to stdout.
async fn export(
    location: &StoreLocation,
    tenants: &[TenantId],
    output: Option<&Path>,
) -> Result<Totals, Failure> {
    let store = Store::open_read_only(&location.options).await.map_err(|error| store_failure(&error))?;
    let keys = sealing_keys(&DataDir::at(&location.data_dir))?;
    match output {
        None => write_lines(&store, tenants, keys, std::io::stdout().lock(), "stdout")
            .await
            .map(|(totals, _)| totals),
        Some(path) => {
            let name = format!("`{}`", path.display());
            let file = private_file(path)
                .map_err(|error| Failure::failed(format!("cannot make {name}: {error}")))?;
            let outcome = match write_lines(&store, tenants, keys, file, &name).await {
                Ok((totals, file)) => {
                    let synced = file.sync_all();
                    synced.map(|()| totals).map_err(|error| unwritten(&name, &error))
                }
                Err(failure) => Err(failure),
            };
            if outcome.is_err() {
                // Half an export is of no use to anybody.
                let _ = std::fs::remove_file(path);
            }
            outcome
        }
    }
}

/// The public half of this node's seal key, where it has one.
pub(super) fn sealing_keys(dir: &DataDir) -> Result<Vec<SealingKey>, Failure> {
    let file = dir.seal_key();
    if !file.exists() {
        return Ok(Vec::new());
    }
    let key = SealKey::load_or_create(&file)
        .map_err(|error| Failure::failed(format!("cannot use the seal key `{}`: {error}", file.display())))?;
    Ok(vec![key.public()])
}

/// Writes every line; how much it was, and the writer.
async fn write_lines<W: Write>(
    store: &Store,
    tenants: &[TenantId],
    keys: Vec<SealingKey>,
    out: W,
    name: &str,
) -> Result<(Totals, W), Failure> {
    let (sender, mut lines) = mpsc::channel(WAITING);
    let reading = {
        let (store, tenants) = (store.clone(), tenants.to_vec());
        tokio::spawn(async move { store.read_out(&tenants, keys, &sender).await })
    };
    let mut out = BufWriter::new(out);
    let progress = Progress::begin("exporting");
    let (mut totals, mut done) = (Totals::default(), 0);
    while let Some(line) = lines.recv().await {
        match &line {
            Line::Export(header) => {
                totals = header.totals;
                refuse_missing(tenants, totals)?;
            }
            Line::Entry(_) => done += 1,
            _ => {}
        }
        let written = serde_json::to_writer(&mut out, &line).map_err(std::io::Error::from);
        written.and_then(|()| out.write_all(b"\n")).map_err(|error| unwritten(name, &error))?;
        progress.show(done, totals);
    }
    reading
        .await
        .unwrap_or_else(|error| Err(StoreError::Unavailable(error.to_string())))
        .map_err(|error| Failure::failed(format!("cannot read the journals: {error}")))?;
    let out = out.into_inner().map_err(|error| unwritten(name, error.error()))?;
    Ok((totals, out))
}

/// Refuses an export that lacks a tenant that was asked for.
fn refuse_missing(tenants: &[TenantId], totals: Totals) -> Result<(), Failure> {
    let wanted = tenants.iter().collect::<HashSet<_>>().len();
    let found = usize::try_from(totals.tenants).unwrap_or(usize::MAX);
    if found >= wanted {
        return Ok(());
    }
    Err(Failure::failed(format!(
        "of the {wanted} tenants that are named, {} have no journal",
        wanted - found
    )))
}

/// A new file for its owner alone: an export holds everything.
fn private_file(path: &Path) -> std::io::Result<File> {
    OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)
}

fn unwritten(name: &str, error: &std::io::Error) -> Failure {
    Failure::failed(format!("cannot write {name}: {error}"))
}
