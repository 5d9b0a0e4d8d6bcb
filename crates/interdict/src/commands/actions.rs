//! `interdict actions`: filing actions, and following what becomes of them.

mod filing;
pub(crate) mod timeline;
mod waiting;

use clap::{Args, Subcommand};
use reqwest::Method;
use serde_json::{Value, json};

use self::filing::{Change, Filing};
use super::duration;
use super::output::{self, Output, cell, row};
use super::server::{Common, filer, items, notice, show_action, show_one};
use crate::client::{Asked, Client, escaped, text};
use crate::failure::Failure;

const GRAPH: &str = "/v1.0/security/securityActions";
const ACTIONS: &str = "/api/v1/actions";
/// Rows of one page of a list.
const PAGE: usize = 100;
/// Has the Graph face say how an action is carried out.
const WITH_EXECUTION: &[(&str, &str)] = &[("Prefer", "include-annotations=\"interdict.*\"")];

/// `interdict actions`
#[derive(Args, Debug)]
pub(crate) struct ActionsFlags {
    #[command(flatten)]
    common: Common,
    #[command(subcommand)]
    command: ActionsCommand,
}

/// What to do with actions.
#[derive(Debug, Subcommand)]
enum ActionsCommand {
    /// List them, the newest first
    List {
        /// Which ones, such as `phase eq 'queued'`; `interdict help filter` explains the language
        #[arg(long, value_name = "EXPRESSION")]
        filter: Option<String>,
        /// In which order
        #[arg(long, value_name = "EXPRESSIONS", default_value = "createdDateTime desc")]
        orderby: String,
        /// How many at the most
        #[arg(long, value_name = "N", default_value_t = 50)]
        top: usize,
    },
    /// Show one
    Get(One),
    /// File one
    Create(Box<Filing>),
    /// Change one, or report on one that is only recorded
    Update {
        #[command(flatten)]
        one: One,
        #[command(flatten)]
        change: Box<Change>,
    },
    /// Cancel one: at once where nobody has it, else its provider is asked to stop; `interdict bulk cancel` takes many
    Cancel(Decision),
    /// Follow one until it is finished; exit status 1 where it failed
    Watch {
        #[command(flatten)]
        one: One,
        /// Until its effect has ended, too
        #[arg(long)]
        until_ended: bool,
    },
    /// End what one has put in force; `interdict bulk undo` takes many
    Undo(Decision),
    /// Have what one has put in force last longer or shorter, from now on
    Extend {
        #[command(flatten)]
        one: One,
        #[command(flatten)]
        lasting: Lasting,
    },
    /// Show what happened to one
    Timeline(One),
}

/// Which action.
#[derive(Args, Debug)]
struct One {
    /// The action's id
    #[arg(value_name = "ID")]
    id: String,
}

/// Which action, and why.
#[derive(Args, Debug)]
struct Decision {
    #[command(flatten)]
    one: One,
    /// Why, for whoever reads it
    #[arg(long, value_name = "TEXT")]
    comment: Option<String>,
}

/// Until when; one of them.
#[derive(Args, Debug)]
#[group(required = true, multiple = false)]
struct Lasting {
    /// So long from now on, such as 1h or P2D
    #[arg(long, value_name = "DURATION", value_parser = duration)]
    duration: Option<String>,
    /// Until then, such as 2026-01-31T12:00:00Z
    #[arg(long, value_name = "INSTANT")]
    until: Option<String>,
    /// Until it is undone
    #[arg(long)]
    forever: bool,
}

impl One {
    fn path(&self, verb: &str) -> String {
        format!("{ACTIONS}/{}{verb}", escaped(&self.id))
    }
}

impl Decision {
    fn body(&self) -> Value {
        self.comment.as_ref().map_or_else(|| json!({}), |comment| json!({ "comment": comment }))
    }
}

impl Lasting {
    fn body(&self) -> Value {
        match (&self.duration, &self.until) {
            (Some(duration), _) => json!({ "duration": duration }),
            (None, until) => json!({ "until": until }),
        }
    }
}

/// Carries out an `actions` command.
pub(crate) fn run(flags: &ActionsFlags) -> Result<(), Failure> {
    flags.common.run(async |client, output| carry_out(&client, output, &flags.command).await)
}

async fn carry_out(client: &Client, output: Output, command: &ActionsCommand) -> Result<(), Failure> {
    match command {
        ActionsCommand::List { filter, orderby, top } => {
            list(client, output, filter.as_deref(), orderby, *top).await
        }
        ActionsCommand::Get(one) => show_one(output, &client.get(&one.path("")).await?),
        ActionsCommand::Create(filing) => {
            let body = filing.body();
            let key = filing.idempotency_key.as_deref().map(|key| ("Idempotency-Key", key));
            let headers: Vec<_> = WITH_EXECUTION.iter().copied().chain(key).collect();
            let asked = Asked { body: Some(&body), headers: &headers, ..Asked::default() };
            let filed = client.send(Method::POST, GRAPH, asked).await?.accepted()?;
            if let Some((_, warning)) = filed.header("warning").split_once(" - ") {
                notice(warning.trim_matches('"'));
            }
            show_action(output, &filed.body)
        }
        ActionsCommand::Update { one, change } => {
            let path = format!("{GRAPH}/{}", escaped(&one.id));
            let body = change.body()?;
            let matches = change.if_match.as_deref().map(|tag| ("If-Match", tag));
            let headers: Vec<_> = WITH_EXECUTION.iter().copied().chain(matches).collect();
            let asked = Asked { body: Some(&body), headers: &headers, ..Asked::default() };
            show_action(output, &client.send(Method::PATCH, &path, asked).await?.accepted()?.body)
        }
        ActionsCommand::Cancel(given) => {
            show_action(output, &client.post(&given.one.path("/cancel"), &given.body()).await?)
        }
        ActionsCommand::Undo(given) => {
            show_action(output, &client.post(&given.one.path("/undo"), &given.body()).await?)
        }
        ActionsCommand::Extend { one, lasting } => {
            show_action(output, &client.post(&one.path("/extend"), &lasting.body()).await?)
        }
        ActionsCommand::Timeline(one) => timeline::show(client, output, &one.id).await,
        ActionsCommand::Watch { one, until_ended } => {
            timeline::watch(client, output, &one.id, *until_ended).await
        }
    }
}

async fn list(
    client: &Client,
    output: Output,
    filter: Option<&str>,
    orderby: &str,
    top: usize,
) -> Result<(), Failure> {
    let filter = filter.map_or_else(String::new, |filter| format!("&$filter={}", escaped(filter)));
    let mut next = Some(format!("{ACTIONS}?$top={}&$orderby={}{filter}", top.min(PAGE), escaped(orderby)));
    let mut found = Vec::new();
    while let Some(path) = &next
        && found.len() < top
    {
        let page = client.get(path).await?;
        found.extend(items(&page).cloned());
        next = client.next_path(text(&page, "/nextLink"));
    }
    if found.len() > top || next.is_some() {
        notice(format_args!("there are more than {top}: --top names another number"));
    }
    found.truncate(top);
    output::show(output, &json!({ "value": found }), |list| {
        let heading = row(["ID", "NAME", "STATUS", "PHASE", "FILED", "PARAMETERS", "PROVIDER", "FILED BY"]);
        let of = |action: &Value| {
            let vendor = ["/vendorInformation/vendor", "/vendorInformation/provider"];
            row([
                &cell(action, "/id"),
                &cell(action, "/name"),
                &cell(action, "/status"),
                &cell(action, "/@interdict.execution/phase"),
                &cell(action, "/createdDateTime"),
                &cell(action, "/parameters"),
                &vendor.map(|pointer| cell(action, pointer)).join("/"),
                &filer(action),
            ])
        };
        std::iter::once(heading).chain(items(list).map(of)).collect()
    })
}
