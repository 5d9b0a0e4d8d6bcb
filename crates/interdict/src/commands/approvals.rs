//! `interdict approvals`: actions that others must agree to before they are begun.

mod rules;

use clap::{Args, Subcommand};
use serde_json::Value;

use super::output::{self, Output, cell, row};
use super::server::{Common, Members, filer, items, show_action};
use crate::client::{Client, escaped, text};
use crate::failure::Failure;

/// Where the filing of an action that waits has its hash.
const HASH: &str = "/@interdict.execution/approval/hash";

/// `interdict approvals`
#[derive(Args, Debug)]
pub(crate) struct ApprovalsFlags {
    #[command(flatten)]
    common: Common,
    #[command(subcommand)]
    command: ApprovalsCommand,
}

/// What to do with them.
#[derive(Debug, Subcommand)]
enum ApprovalsCommand {
    /// List the actions that wait, the oldest first
    List,
    /// Agree to one
    Approve(Verdict),
    /// Refuse one
    Reject(Verdict),
    /// Who must agree to what
    #[command(subcommand)]
    Rules(rules::RulesCommand),
}

/// What a person says of one.
#[derive(Args, Debug)]
struct Verdict {
    /// The action's id
    #[arg(value_name = "ID")]
    id: String,
    /// What was seen, as `list` shows it; another filing is not decided on [default: as it is now]
    #[arg(long, value_name = "HASH")]
    hash: Option<String>,
    /// Why
    #[arg(long, value_name = "TEXT")]
    comment: Option<String>,
}

/// Carries out an `approvals` command.
pub(crate) fn run(flags: &ApprovalsFlags) -> Result<(), Failure> {
    flags.common.run(async |client, output| match &flags.command {
        ApprovalsCommand::List => list(&client, output).await,
        ApprovalsCommand::Approve(verdict) => say(&client, output, verdict, "approve").await,
        ApprovalsCommand::Reject(verdict) => say(&client, output, verdict, "reject").await,
        ApprovalsCommand::Rules(command) => rules::carry_out(&client, output, command).await,
    })
}

async fn list(client: &Client, output: Output) -> Result<(), Failure> {
    let filter = escaped("phase eq 'awaitingApproval'");
    let waiting = client.get(&format!("/api/v1/actions?$filter={filter}&$orderby=createdDateTime")).await?;
    output::show(output, &waiting, |waiting| {
        let heading = row(["ID", "NAME", "PARAMETERS", "FILED BY", "REASON", "UNTIL", "HASH"]);
        let of = |action: &Value| {
            let [id, name, parameters, reason] =
                ["/id", "/name", "/parameters", "/actionReason"].map(|pointer| cell(action, pointer));
            let until = cell(action, "/@interdict.execution/approval/expiresAt");
            row([&id, &name, &parameters, &filer(action), &reason, &until, &cell(action, HASH)])
        };
        std::iter::once(heading).chain(items(waiting).map(of)).collect()
    })
}

async fn say(client: &Client, output: Output, verdict: &Verdict, verb: &str) -> Result<(), Failure> {
    let path = format!("/api/v1/actions/{}", escaped(&verdict.id));
    let hash = match &verdict.hash {
        Some(hash) => hash.clone(),
        None => text(&client.get(&path).await?, HASH).to_owned(),
    };
    let mut body = Members::default();
    body.put("hash", Some(hash));
    body.put("comment", verdict.comment.as_ref());
    show_action(output, &client.post(&format!("{path}/{verb}"), &body.into_value()).await?)
}
