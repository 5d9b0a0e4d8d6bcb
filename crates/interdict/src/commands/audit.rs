//! `interdict audit`: checks the journal offline, without trusting a server.

use std::path::PathBuf;

use clap::Subcommand;
use interdict_model::TenantId;
use interdict_store::{Report, Store, StoreOptions};

use super::serve::opening::store_failure;
use super::tenant_id;
use crate::config::{LogFlags, StoreLocation, StorePlace};
use crate::failure::Failure;
use crate::logging::{self, LogLevel};
use crate::terminal;

/// What to do with the journal.
#[derive(Debug, Subcommand)]
pub(crate) enum AuditCommand {
    /// Check every tenant's hash chain; works while the server runs
    Verify(StorePlace),
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
}

/// Carries out an `audit` command.
pub(crate) fn run(command: &AuditCommand, log: LogFlags) -> Result<(), Failure> {
    logging::start(log.log_format.unwrap_or_default(), log.log_level.unwrap_or(LogLevel::Warn));
    match command {
        AuditCommand::Verify(place) => verify(place),
        AuditCommand::Export { store, tenants, output } => {
            super::export::export_of(store, tenants, output.as_deref())
        }
    }
}

fn verify(place: &StorePlace) -> Result<(), Failure> {
    let location = StoreLocation::load(place)?;
    let report = super::runtime()?.block_on(check(&location))?;
    let rows = [("tenants", report.tenants), ("entries", report.entries), ("actions", report.actions)]
        .map(|(name, count)| vec![name.to_owned(), count.to_string()]);
    terminal::columns(&rows).iter().for_each(terminal::print);
    terminal::print("every entry is chained to the one before, and every action to its last entry");
    Ok(())
}

/// Reads every journal from its first entry on; a chain that does not hold is a failure.
pub(crate) async fn check(location: &StoreLocation) -> Result<Report, Failure> {
    verified(&location.options).await
}

/// The same for a store that is no server's.
pub(super) async fn verified(options: &StoreOptions) -> Result<Report, Failure> {
    let store = Store::open_read_only(options).await.map_err(|error| store_failure(&error))?;
    let report = store.verify().await;
    let report = report.map_err(|error| Failure::failed(format!("cannot read the journal: {error}")))?;
    let Some(fault) = &report.fault else { return Ok(report) };
    let tenant = fault.tenant.map_or_else(String::new, |tenant| format!(" of tenant {tenant}"));
    Err(Failure::failed(format!(
        "the journal does not hold at entry {}{tenant}: {}",
        fault.sequence, fault.reason
    ))
    .hint(format!("{} entries before it hold", report.entries)))
}
