//! `interdict audit`: checks the journal offline, without trusting a server.

mod anchors;
pub(super) mod prune;

use std::path::PathBuf;

use clap::Subcommand;
use interdict_auth::verify_seal;
use interdict_model::TenantId;
use interdict_store::{Anchor, Audit, Report, Store, StoreOptions};

use super::export::sealing_keys;
use super::serve::opening::store_failure;
use super::tenant_id;
use crate::config::{LogFlags, StoreLocation, StorePlace};
use crate::data_dir::DataDir;
use crate::failure::Failure;
use crate::logging::{self, LogLevel};
use crate::terminal;

/// What to do with the journal.
#[derive(Debug, Subcommand)]
pub(crate) enum AuditCommand {
    /// Check every tenant's hash chain, seals and rows; works while the server runs
    Verify {
        #[command(flatten)]
        store: StorePlace,
        /// File with seals that were kept elsewhere: a server's log, or an export; repeats
        #[arg(long = "anchor", value_name = "FILE")]
        anchors: Vec<PathBuf>,
        // A name may begin with a hyphen.
        /// Name of a seal key that is trusted, as it was noted when it was made; repeats [default: all that the store knows]
        #[arg(long = "key", value_name = "ID", allow_hyphen_values = true)]
        keys: Vec<String>,
    },
    /// Write journals as JSON Lines, for somebody who verifies them elsewhere
    Export {
        #[command(flatten)]
        store: StorePlace,
        /// A tenant; repeats [default: all of them]
        #[arg(long = "tenant", value_name = "GUID", value_parser = tenant_id)]
        tenants: Vec<TenantId>,
        /// File to write, which must not be there yet [default: stdout]
        #[arg(long, value_name = "FILE")]
        output: Option<PathBuf>,
    },
    /// Remove the entries of long ago about actions that were deleted by then; works while the server runs
    Prune(prune::PruneFlags),
}

/// Carries out an `audit` command.
pub(crate) fn run(command: &AuditCommand, log: LogFlags) -> Result<(), Failure> {
    logging::start(log.log_format.unwrap_or_default(), log.log_level.unwrap_or(LogLevel::Warn));
    match command {
        AuditCommand::Verify { store, anchors, keys } => verify(store, anchors, keys),
        AuditCommand::Export { store, tenants, output } => {
            super::export::export_of(store, tenants, output.as_deref())
        }
        AuditCommand::Prune(flags) => prune::run(flags),
    }
}

fn verify(place: &StorePlace, files: &[PathBuf], trusted: &[String]) -> Result<(), Failure> {
    let location = StoreLocation::load(place)?;
    let mut anchors = Vec::new();
    for file in files {
        anchors.extend(anchors::read(file)?);
    }
    let report = super::runtime()?.block_on(audited(&location, anchors, trusted.to_vec()))?;
    let counts = [
        ("tenants", report.tenants),
        ("entries", report.entries),
        ("actions", report.actions),
        ("filings", report.filings),
        ("apps", report.apps),
        ("seals", report.seals),
        ("anchors", report.anchors),
        ("anchors of pruned entries", report.pruned_anchors),
    ];
    let counts = counts.into_iter().filter(|(name, count)| *count > 0 || !name.contains(' '));
    let rows: Vec<_> = counts.map(|(name, count)| vec![name.to_owned(), count.to_string()]).collect();
    terminal::columns(&rows).iter().for_each(terminal::print);
    terminal::print(
        "every entry is chained to the one before, every row is what the entries add up to, and every seal holds",
    );
    Ok(())
}

/// Reads every journal from its first entry on; what does not hold is a failure.
pub(crate) async fn check(location: &StoreLocation) -> Result<Report, Failure> {
    audited(location, Vec::new(), Vec::new()).await
}

async fn audited(
    location: &StoreLocation,
    anchors: Vec<Anchor>,
    trusted: Vec<String>,
) -> Result<Report, Failure> {
    held_against(&location.options, &audit_of(location, anchors, trusted)?).await
}

/// What this node's seals are held against.
fn audit_of(location: &StoreLocation, anchors: Vec<Anchor>, trusted: Vec<String>) -> Result<Audit, Failure> {
    let keys = sealing_keys(&DataDir::at(&location.data_dir))?;
    Ok(Audit { signatures: Some(verify_seal), keys, trusted, anchors })
}

/// The same for a store that is no server's: its seals may be of keys that are not here.
pub(super) async fn verified(options: &StoreOptions) -> Result<Report, Failure> {
    held_against(options, &Audit::default()).await
}

async fn held_against(options: &StoreOptions, audit: &Audit) -> Result<Report, Failure> {
    let store = Store::open_read_only(options).await.map_err(|error| store_failure(&error))?;
    let report = store.audit(audit).await;
    let report = report.map_err(|error| Failure::failed(format!("cannot read the journal: {error}")))?;
    let Some(fault) = &report.fault else { return Ok(report) };
    let tenant = fault.tenant.map_or_else(String::new, |tenant| format!(" of tenant {tenant}"));
    let place =
        if fault.sequence > 0 { format!("at entry {}", fault.sequence) } else { "as a whole".to_owned() };
    let what = format!("the journal does not hold {place}{tenant}: {}", fault.reason);
    Err(Failure::failed(what).hint(format!("{} entries were read and are chained", report.entries)))
}
