//! `interdict approvals rules`: who must agree to what.

use clap::{Args, Subcommand};
use reqwest::Method;
use serde_json::{Value, json};

use crate::client::{Client, escaped};
use crate::commands::duration;
use crate::commands::output::Output;
use crate::commands::protected_targets::KINDS;
use crate::commands::server::{Members, notice, show_list, show_one};
use crate::failure::Failure;

const RULES: &str = "/api/v1/approval-rules";

/// What to do with rules.
#[derive(Debug, Subcommand)]
pub(super) enum RulesCommand {
    /// List them
    List,
    /// Have others agree to actions before they are begun
    Add(Box<Rule>),
    /// Remove one; what waits because of it still does
    Remove {
        /// Its id
        #[arg(value_name = "ID")]
        id: String,
    },
}

/// Which actions, and how many people must agree. What is left out confines nothing.
#[derive(Args, Debug)]
pub(super) struct Rule {
    /// An action, by its name in the catalog; `*` is every one; repeats
    #[arg(long = "action", value_name = "NAME", required = true)]
    actions: Vec<String>,
    /// Only those of this risk or a greater one
    #[arg(long, value_name = "RISK", value_parser = ["low", "medium", "high", "irreversible"])]
    risk: Option<String>,
    /// Only those that touch it, such as ip=198.51.100.0/24; repeats
    #[arg(long = "target", value_name = "KIND=VALUE", value_parser = target)]
    targets: Vec<(String, String)>,
    /// Only those that this user or app files, by id; repeats
    #[arg(long = "requester", value_name = "ID")]
    requesters: Vec<String>,
    /// How many people must agree
    #[arg(long, value_name = "N", default_value_t = 1)]
    required: u32,
    /// A person who may agree, by id; repeats [default: everybody with the permission]
    #[arg(long = "approver", value_name = "ID")]
    approvers: Vec<String>,
    /// How long it waits before it is rejected, such as 4h or P2D
    #[arg(long, value_name = "DURATION", default_value = "P1D", value_parser = duration)]
    ttl: String,
    /// The rule that it takes the place of
    #[arg(long, value_name = "ID")]
    replace: Option<String>,
}

impl Rule {
    fn body(&self) -> Value {
        let some = |ids: &[String]| (!ids.is_empty()).then(|| json!(ids));
        let target = |(kind, value): &(String, String)| json!({ "kind": kind, "value": value });
        let targets: Vec<_> = self.targets.iter().map(target).collect();
        let mut body = Members::default();
        body.put("actions", Some(&self.actions));
        body.put("risk", self.risk.as_ref());
        body.put("targets", (!targets.is_empty()).then_some(targets));
        body.put("requesters", some(&self.requesters));
        body.put("required", Some(self.required));
        body.put("approvers", some(&self.approvers));
        body.put("ttl", Some(&self.ttl));
        body.into_value()
    }
}

fn target(text: &str) -> Result<(String, String), String> {
    let pair = text.split_once('=').filter(|(kind, _)| KINDS.contains(kind));
    match pair {
        Some((kind, value)) => Ok((kind.to_owned(), value.to_owned())),
        None => {
            Err(format!("it must be KIND=VALUE, such as ip=198.51.100.0/24; kinds are {}", KINDS.join(", ")))
        }
    }
}

/// Carries out an `approvals rules` command.
pub(super) async fn carry_out(
    client: &Client,
    output: Output,
    command: &RulesCommand,
) -> Result<(), Failure> {
    let at = |id: &str| format!("{RULES}/{}", escaped(id));
    match command {
        RulesCommand::List => {
            let columns = [
                ("ID", "/id"),
                ("ACTIONS", "/actions"),
                ("RISK", "/risk"),
                ("TARGETS", "/targets"),
                ("FILED BY", "/requesters"),
                ("REQUIRED", "/required"),
                ("APPROVERS", "/approvers"),
                ("TTL", "/ttl"),
            ];
            show_list(output, &client.get(RULES).await?, &columns)
        }
        RulesCommand::Add(rule) => {
            let body = Some(rule.body());
            let kept = match &rule.replace {
                None => client.call(Method::POST, RULES, body.as_ref()).await?,
                Some(id) => client.call(Method::PUT, &at(id), body.as_ref()).await?,
            };
            show_one(output, &kept.body)
        }
        RulesCommand::Remove { id } => {
            client.call(Method::DELETE, &at(id), None).await?;
            notice(format_args!("removed {id}"));
            Ok(())
        }
    }
}
