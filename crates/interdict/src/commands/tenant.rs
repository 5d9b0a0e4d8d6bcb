//! `interdict tenant`: what holds for the tenant as a whole, and its emergency stop.

use clap::{Args, Subcommand};
use reqwest::Method;
use serde_json::{Value, json};

use super::server::{Common, show_one};
use crate::failure::Failure;

const TENANT: &str = "/api/v1/tenant";

/// `interdict tenant`
#[derive(Args, Debug)]
pub(crate) struct TenantFlags {
    #[command(flatten)]
    common: Common,
    #[command(subcommand)]
    command: TenantCommand,
}

/// What to do with the tenant of the token.
#[derive(Debug, Subcommand)]
enum TenantCommand {
    /// Show whether it is paused, and what becomes of actions that no provider answers to
    Get,
    /// Hand out nothing to any provider but undo work
    Pause,
    /// Hand out work again
    Resume,
    /// Change it
    Update {
        /// What becomes of an action that no provider answers to: it is recorded, `open`, or refused, `strict`
        #[arg(long, value_name = "MODE", value_parser = ["open", "strict"])]
        catalog_mode: String,
    },
}

/// Carries out a `tenant` command.
pub(crate) fn run(flags: &TenantFlags) -> Result<(), Failure> {
    flags.common.run(async |client, output| {
        let tenant = match &flags.command {
            TenantCommand::Get => client.get(TENANT).await?,
            TenantCommand::Pause => client.post(&format!("{TENANT}/pause"), &Value::Null).await?,
            TenantCommand::Resume => client.post(&format!("{TENANT}/resume"), &Value::Null).await?,
            TenantCommand::Update { catalog_mode } => {
                let body = json!({ "catalogMode": catalog_mode });
                client.call(Method::PATCH, TENANT, Some(&body)).await?.body
            }
        };
        show_one(output, &tenant)
    })
}
