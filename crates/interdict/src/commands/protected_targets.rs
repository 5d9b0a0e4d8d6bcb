//! `interdict protected-targets`: what no action may touch, or only after approval.

use clap::{Args, Subcommand};
use reqwest::Method;
use serde_json::Value;
use uuid::Uuid;

use super::output::Output;
use super::server::{Common, Members, items, notice, show_list, show_one};
use crate::client::{Client, text};
use crate::failure::Failure;

const TARGETS: &str = "/api/v1/protected-targets";
/// What a guarded target may be.
pub(super) const KINDS: [&str; 6] = ["ip", "domain", "url", "file", "device", "user"];

/// `interdict protected-targets`
#[derive(Args, Debug)]
pub(crate) struct ProtectedTargetsFlags {
    #[command(flatten)]
    common: Common,
    #[command(subcommand)]
    command: ProtectedTargetsCommand,
}

/// What to do with them.
#[derive(Debug, Subcommand)]
enum ProtectedTargetsCommand {
    /// List them, and those that are always there
    List,
    /// Protect one
    Add(Box<Entry>),
    /// Protect one no more
    Remove {
        /// Its id, or its value where only one has it
        #[arg(value_name = "TARGET")]
        target: String,
    },
}

/// What is protected, and from what.
#[derive(Args, Debug)]
struct Entry {
    /// What it is: ip, domain, url, file, device or user
    #[arg(long, value_name = "KIND", value_parser = KINDS)]
    kind: String,
    /// Which one, such as 198.51.100.0/24
    #[arg(long, value_name = "TARGET")]
    value: String,
    /// An action that may not touch it; repeats [default: every one]
    #[arg(long = "action", value_name = "NAME")]
    actions: Vec<String>,
    /// What becomes of such an action: it is refused, `deny`, or waits for approval, `needsApproval`
    #[arg(long, value_name = "MODE", value_parser = ["deny", "needsApproval"], default_value = "deny")]
    mode: String,
    /// Why
    #[arg(long, value_name = "TEXT")]
    reason: Option<String>,
    /// Who to ask about it
    #[arg(long, value_name = "TEXT")]
    owner: Option<String>,
    /// Until when, such as 2026-01-31T12:00:00Z [default: until it is removed]
    #[arg(long, value_name = "INSTANT")]
    until: Option<String>,
    /// The entry that it takes the place of
    #[arg(long, value_name = "TARGET")]
    replace: Option<String>,
}

impl Entry {
    fn body(&self) -> Value {
        let mut body = Members::default();
        body.put("kind", Some(&self.kind));
        body.put("value", Some(&self.value));
        body.put("actions", (!self.actions.is_empty()).then_some(&self.actions));
        body.put("mode", Some(&self.mode));
        body.put("reason", self.reason.as_ref());
        body.put("owner", self.owner.as_ref());
        body.put("until", self.until.as_ref());
        body.into_value()
    }
}

/// Carries out a `protected-targets` command.
pub(crate) fn run(flags: &ProtectedTargetsFlags) -> Result<(), Failure> {
    flags.common.run(async |client, output| carry_out(&client, output, &flags.command).await)
}

async fn carry_out(
    client: &Client,
    output: Output,
    command: &ProtectedTargetsCommand,
) -> Result<(), Failure> {
    match command {
        ProtectedTargetsCommand::List => {
            let columns = [
                ("ID", "/id"),
                ("KIND", "/kind"),
                ("VALUE", "/value"),
                ("ACTIONS", "/actions"),
                ("MODE", "/mode"),
                ("UNTIL", "/until"),
                ("OWNER", "/owner"),
                ("REASON", "/reason"),
            ];
            show_list(output, &client.get(TARGETS).await?, &columns)
        }
        ProtectedTargetsCommand::Add(entry) => {
            let kept = match &entry.replace {
                None => client.post(TARGETS, &entry.body()).await?,
                Some(meant) => {
                    let path = format!("{TARGETS}/{}", id(client, meant).await?);
                    client.call(Method::PUT, &path, Some(&entry.body())).await?.body
                }
            };
            show_one(output, &kept)
        }
        ProtectedTargetsCommand::Remove { target } => {
            let path = format!("{TARGETS}/{}", id(client, target).await?);
            client.call(Method::DELETE, &path, None).await?;
            notice(format_args!("removed {target}"));
            Ok(())
        }
    }
}

/// The id of the entry that is meant, by its id or its value.
async fn id(client: &Client, meant: &str) -> Result<String, Failure> {
    if Uuid::try_parse(meant).is_ok() {
        return Ok(meant.to_ascii_lowercase());
    }
    let list = client.get(TARGETS).await?;
    let mut found = items(&list).filter(|entry| text(entry, "/value").eq_ignore_ascii_case(meant));
    let hint = "`interdict protected-targets list` shows ids and values";
    match (found.next(), found.next()) {
        (Some(entry), None) => Ok(text(entry, "/id").to_owned()),
        (None, _) => Err(Failure::failed(format!("no entry protects `{meant}`")).hint(hint)),
        (Some(_), Some(_)) => {
            Err(Failure::failed(format!("several entries protect `{meant}`: say which by id")).hint(hint))
        }
    }
}
