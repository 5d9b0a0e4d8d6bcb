//! `interdict app`: client credentials of the built-in issuer. A running server is asked through its socket;
//! otherwise the store is opened under its lock.

pub(crate) mod operate;

use std::sync::Arc;

use clap::{Args, Subcommand};
use interdict_http::metrics::Metrics;
use interdict_model::TenantId;
use interdict_store::Store;

use self::operate::{AppReply, AppRequest, AppView, operate};
use super::output::{self, Output, row};
use super::serve::opening::{started, store_failure};
use super::token::default_tenant;
use super::{operators, permission_name, tenant_id};
use crate::config::{LogFlags, StoreLocation, StorePlace};
use crate::data_dir::DataDir;
use crate::failure::Failure;
use crate::logging::{self, LogLevel};
use crate::{system, terminal};

/// What to do with apps.
#[derive(Debug, Subcommand)]
pub(crate) enum AppCommand {
    /// Add an app; its secret is shown once
    Add {
        #[command(flatten)]
        common: Common,
        /// A name for people
        #[arg(long, value_name = "NAME")]
        name: String,
        /// An application permission of its tokens; repeats
        #[arg(long = "role", value_name = "ROLE", required = true, value_parser = permission_name)]
        roles: Vec<String>,
    },
    /// List the tenant's apps
    List {
        #[command(flatten)]
        common: Common,
    },
    /// Give an app another secret, shown once; the old one ends at once
    Rotate {
        #[command(flatten)]
        common: Common,
        /// Client id, or name where only one app has it
        #[arg(value_name = "APP")]
        app: String,
    },
    /// Remove an app; every node refuses its tokens within five seconds
    Remove {
        #[command(flatten)]
        common: Common,
        /// Client id, or name where only one app has it
        #[arg(value_name = "APP")]
        app: String,
    },
}

/// What every `app` command takes.
#[derive(Args, Debug)]
pub(crate) struct Common {
    #[command(flatten)]
    store: StorePlace,
    /// The tenant [default: the one of bootstrap.json]
    #[arg(long, value_name = "GUID", value_parser = tenant_id)]
    tenant: Option<TenantId>,
    /// Form of the answer on stdout
    #[arg(long, value_name = "FORM", value_enum, default_value = "table")]
    output: Output,
}

/// Carries out an `app` command.
pub(crate) fn run(command: &AppCommand, log: LogFlags) -> Result<(), Failure> {
    logging::start(log.log_format.unwrap_or_default(), log.log_level.unwrap_or(LogLevel::Warn));
    let (AppCommand::Add { common, .. }
    | AppCommand::List { common }
    | AppCommand::Rotate { common, .. }
    | AppCommand::Remove { common, .. }) = command;
    let location = StoreLocation::load(&common.store)?;
    let dir = DataDir::at(&location.data_dir);
    if !dir.path().is_dir() {
        return Err(Failure::failed(format!("there is no data directory `{}`", dir.path().display()))
            .hint("the first `interdict serve` makes it; --data-dir names another"));
    }
    let tenant = match common.tenant {
        Some(tenant) => tenant,
        None => default_tenant(&dir)?,
    };
    let request = match command {
        AppCommand::Add { name, roles, .. } => {
            AppRequest::Add { tenant, name: name.clone(), roles: roles.clone() }
        }
        AppCommand::List { .. } => AppRequest::List { tenant },
        AppCommand::Rotate { app, .. } => AppRequest::Rotate { tenant, app: app.clone() },
        AppCommand::Remove { app, .. } => AppRequest::Remove { tenant, app: app.clone() },
    };
    let reply = super::runtime()?.block_on(ask(&location, &dir, request))?;
    show(&reply, common.output)
}

async fn ask(location: &StoreLocation, dir: &DataDir, request: AppRequest) -> Result<AppReply, Failure> {
    if let Some(reply) = operators::ask(&dir.socket(), &operators::Request::App(request.clone())).await? {
        return Ok(reply);
    }
    let opened = Store::open(&location.options, system::birth()).await;
    let (store, writers) = opened.map_err(|error| store_failure(&error))?;
    let service = started(&store, writers, Arc::new(Metrics::default()));
    let reply = operate(&service, request).await;
    service.stop().await;
    reply
}

fn show(reply: &AppReply, output: Output) -> Result<(), Failure> {
    if output == Output::Json {
        return output::json(reply);
    }
    match reply {
        AppReply::Secret { app, client_secret } => {
            let rows = [
                ("name", app.name.as_str()),
                ("tenant", &app.tenant_id.to_string()),
                ("client id", &app.client_id),
                ("client secret", client_secret),
                ("roles", &app.roles.join(" ")),
            ]
            .map(|(name, value)| vec![name.to_owned(), value.to_owned()]);
            terminal::columns(&rows).iter().for_each(terminal::print);
            terminal::notice("notice: the secret is shown this once and kept nowhere");
        }
        AppReply::Apps { apps } => {
            let heading = row(["CLIENT ID", "NAME", "ADDED", "ROLES"]);
            let row = |app: &AppView| {
                vec![app.client_id.clone(), app.name.clone(), app.created.to_string(), app.roles.join(" ")]
            };
            let rows: Vec<_> = std::iter::once(heading).chain(apps.iter().map(row)).collect();
            terminal::columns(&rows).iter().for_each(terminal::print);
        }
        AppReply::Removed { client_id } => terminal::notice(format_args!("notice: removed {client_id}")),
    }
    Ok(())
}
