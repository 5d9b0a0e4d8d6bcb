//! `interdict audit prune`: retention. What is to go is looked up here, beside a running server; the server, or this
//! process where none runs, records it and removes it a part at a time.

use std::sync::Arc;

use clap::Args;
use interdict_app::{Error, Service};
use interdict_http::metrics::Metrics;
use interdict_model::clock::Clock as _;
use interdict_model::pruning::Pruning;
use interdict_model::{TenantId, TenantScope};
use interdict_store::{Audit, Forgettable, Prunable, Store, StoreError};
use serde::{Deserialize, Serialize};

use super::audit_of;
use crate::commands::operators::{self, Request};
use crate::commands::progress::Progress;
use crate::commands::serve::opening::{started, store_failure};
use crate::commands::tenant_id;
use crate::config::{StoreLocation, StorePlace};
use crate::data_dir::DataDir;
use crate::failure::Failure;
use crate::system::SystemClock;
use crate::{system, terminal};

/// Seconds of a day.
const DAY: i64 = 24 * 60 * 60;

/// The flags of `audit prune`.
#[derive(Args, Debug)]
pub(crate) struct PruneFlags {
    #[command(flatten)]
    store: StorePlace,
    /// Days of which every entry is kept
    #[arg(long, value_name = "DAYS", value_parser = clap::value_parser!(u32).range(0..=36_500))]
    keep_days: u32,
    /// A tenant; repeats [default: all of them]
    #[arg(long = "tenant", value_name = "GUID", value_parser = tenant_id)]
    tenants: Vec<TenantId>,
    /// Say what would go, and change nothing
    #[arg(long)]
    dry_run: bool,
}

/// What is asked; one JSON line on the socket.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(tag = "journal", rename_all = "camelCase", deny_unknown_fields)]
pub(crate) enum JournalRequest {
    Prune { tenant: TenantId, pruning: Pruning },
    Forget { tenant: TenantId, entries: Vec<i64>, seals: Vec<i64> },
}

/// The answer.
#[derive(Debug, Deserialize, Serialize)]
pub(crate) struct JournalReply {
    done: bool,
}

/// Carries out `request`.
pub(crate) async fn change(service: &Service, request: JournalRequest) -> Result<JournalReply, Failure> {
    let outcome = match request {
        JournalRequest::Prune { tenant, pruning } => service.prune_journal(tenant, pruning).await,
        JournalRequest::Forget { tenant, entries, seals } => {
            service.forget(tenant, Forgettable { entries, seals }).await
        }
    };
    let failed = |error: Error| Failure::failed(format!("the journal was not pruned: {error}"));
    outcome.map(|()| JournalReply { done: true }).map_err(failed)
}

/// Carries out `audit prune`.
pub(super) fn run(flags: &PruneFlags) -> Result<(), Failure> {
    let location = StoreLocation::load(&flags.store)?;
    let audit = audit_of(&location, Vec::new(), Vec::new())?;
    let found = crate::commands::runtime()?.block_on(prune(&location, &audit, flags))?;
    let mut rows = vec![["tenant", "up to entry", "removed", "kept before"].map(str::to_owned).to_vec()];
    for (tenant, Prunable { pruning, entries }) in &found {
        let numbers = [pruning.sequence.to_string(), entries.to_string(), pruning.kept.to_string()];
        rows.push([tenant.to_string()].into_iter().chain(numbers).collect());
    }
    if found.is_empty() {
        terminal::print("there is nothing to remove");
        return Ok(());
    }
    terminal::columns(&rows).iter().for_each(terminal::print);
    let said = if flags.dry_run { "nothing was changed" } else { "`interdict audit verify` holds as before" };
    terminal::print(said);
    Ok(())
}

async fn prune(
    location: &StoreLocation,
    audit: &Audit,
    flags: &PruneFlags,
) -> Result<Vec<(TenantId, Prunable)>, Failure> {
    let store = Store::open_read_only(&location.options).await.map_err(|error| store_failure(&error))?;
    let mut tenants = store.tenants().await.map_err(|error| unread(&error))?;
    if let Some(tenant) = flags.tenants.iter().find(|tenant| !tenants.contains(tenant)) {
        return Err(Failure::failed(format!("tenant {tenant} has no journal")));
    }
    tenants.retain(|tenant| flags.tenants.is_empty() || flags.tenants.contains(tenant));
    let before = SystemClock.now().plus_seconds(-i64::from(flags.keep_days) * DAY);
    let mut keeper = Keeper { location, service: None };
    let mut found = Vec::new();
    for tenant in tenants {
        let prunable = store.prunable(TenantScope::system(tenant), before, audit).await;
        let prunable = prunable.map_err(|error| unread(&error))?;
        found.extend(prunable.map(|prunable| (tenant, prunable)));
        if !flags.dry_run {
            carry_out(&store, &mut keeper, tenant, prunable).await?;
        }
    }
    if let Some(service) = keeper.service {
        service.stop().await;
    }
    Ok(found)
}

/// Prunes one journal, and removes also what an earlier attempt left.
async fn carry_out(
    store: &Store,
    keeper: &mut Keeper<'_>,
    tenant: TenantId,
    prunable: Option<Prunable>,
) -> Result<(), Failure> {
    if let Some(Prunable { pruning, .. }) = prunable {
        keeper.ask(JournalRequest::Prune { tenant, pruning }).await?;
    }
    let forgetting = store.forgetting(TenantScope::system(tenant)).await;
    let Some(mut forgetting) = forgetting.map_err(|error| unread(&error))? else { return Ok(()) };
    let progress = Progress::of_entries("removing", prunable.map_or(0, |prunable| prunable.entries));
    let mut done = 0;
    while let Some(Forgettable { entries, seals }) =
        forgetting.next().await.map_err(|error| unread(&error))?
    {
        done += u64::try_from(entries.len()).unwrap_or(0);
        keeper.ask(JournalRequest::Forget { tenant, entries, seals }).await?;
        progress.at(done);
    }
    Ok(())
}

fn unread(error: &StoreError) -> Failure {
    Failure::failed(format!("cannot prune: {error}")).hint("`interdict audit verify` says more")
}

/// Who changes the store: a running server, or where there is none this process.
struct Keeper<'a> {
    location: &'a StoreLocation,
    service: Option<Arc<Service>>,
}

impl Keeper<'_> {
    async fn ask(&mut self, request: JournalRequest) -> Result<JournalReply, Failure> {
        let service = match &self.service {
            Some(service) => service,
            None => {
                let socket = DataDir::at(&self.location.data_dir).socket();
                if let Some(reply) = operators::ask(&socket, &Request::Journal(request.clone())).await? {
                    return Ok(reply);
                }
                let opened = Store::open(&self.location.options, system::birth()).await;
                let (store, writers) = opened.map_err(|error| store_failure(&error))?;
                self.service.insert(started(&store, writers, Arc::new(Metrics::default())))
            }
        };
        change(service, request).await
    }
}
