//! `interdict bulk`: cancelling or undoing all that a filter selects, once somebody has seen what that is.

mod preview;

use std::io::IsTerminal;

use clap::{Args, Subcommand};
use serde_json::{Value, json};

use self::preview::Preview;
use super::output::{self, Output, row};
use super::server::{Common, Members, notice};
use crate::client::Client;
use crate::failure::Failure;
use crate::terminal;

/// Actions that are shown before somebody is asked.
const SHOWN: usize = 20;

/// `interdict bulk`
#[derive(Args, Debug)]
pub(crate) struct BulkFlags {
    #[command(flatten)]
    common: Common,
    #[command(subcommand)]
    command: BulkCommand,
}

/// What to do with all that a filter selects.
#[derive(Debug, Subcommand)]
enum BulkCommand {
    /// Cancel what is not finished: at once where nobody has it, else its provider is asked to stop
    Cancel(Bulk),
    /// End what finished actions have in force
    Undo(Bulk),
}

/// Which actions, and how sure one is.
#[derive(Args, Debug)]
struct Bulk {
    /// Which actions, as `actions list` takes it; `interdict help filter` explains the language
    #[arg(long, value_name = "EXPRESSION")]
    filter: String,
    /// Why, for whoever reads it
    #[arg(long, value_name = "TEXT")]
    comment: Option<String>,
    /// Only show what it would be about
    #[arg(long, conflicts_with = "yes")]
    dry_run: bool,
    /// Do it without asking, as scripts must
    #[arg(long)]
    yes: bool,
}

/// One of the two.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Verb {
    Cancel,
    Undo,
}

impl Verb {
    const fn name(self) -> &'static str {
        match self {
            Self::Cancel => "cancel",
            Self::Undo => "undo",
        }
    }

    /// What it does not touch, and what does.
    const fn passed_over(self) -> &'static str {
        match self {
            Self::Cancel => {
                "what is finished or being cancelled already is passed over; `interdict bulk undo` ends what is in force"
            }
            Self::Undo => {
                "what has nothing in force is passed over; `interdict bulk cancel` stops what is not finished"
            }
        }
    }
}

/// Carries out a `bulk` command.
pub(crate) fn run(flags: &BulkFlags) -> Result<(), Failure> {
    let (verb, bulk) = match &flags.command {
        BulkCommand::Cancel(bulk) => (Verb::Cancel, bulk),
        BulkCommand::Undo(bulk) => (Verb::Undo, bulk),
    };
    if !bulk.dry_run && !bulk.yes && !std::io::stdin().is_terminal() {
        return Err(Failure::usage("nobody can be asked whether this is meant: stdin is no terminal")
            .hint("--dry-run shows what it would be about; --yes does it without asking"));
    }
    flags.common.run(async |client, output| {
        if !bulk.yes {
            let seen = ask(&client, verb, &bulk.filter, true, None).await?;
            let preview = Preview::read(&client, verb, &bulk.filter).await?;
            if bulk.dry_run {
                output::show(output, &seen, |_| preview.rows(usize::MAX))?;
                notice(preview.summary());
                return Ok(());
            }
            notice(preview.summary());
            if preview.is_empty() {
                return Ok(());
            }
            terminal::columns(&preview.rows(SHOWN)).iter().for_each(terminal::notice);
            if !terminal::confirm(&preview.question())? {
                return Err(Failure::failed("nothing was done"));
            }
        }
        let done = ask(&client, verb, &bulk.filter, false, bulk.comment.as_deref()).await?;
        report(output, verb, &done)
    })
}

/// Asks for it; what the server answers.
async fn ask(
    client: &Client,
    verb: Verb,
    filter: &str,
    preview: bool,
    comment: Option<&str>,
) -> Result<Value, Failure> {
    let mut body = Members::default();
    body.put("filter", Some(filter));
    body.put("preview", Some(preview));
    body.put("comment", comment);
    client.post(&format!("/api/v1/bulk/{}", verb.name()), &body.into_value()).await
}

fn report(output: Output, verb: Verb, done: &Value) -> Result<(), Failure> {
    let number = |name: &str| done.get(name).unwrap_or(&json!(0)).to_string();
    let (selected, changed) = (number("selected"), number("changed"));
    output::show(output, done, |_| vec![row(["selected", &selected]), row(["changed", &changed])])?;
    if selected != changed {
        notice(verb.passed_over());
    }
    Ok(())
}
