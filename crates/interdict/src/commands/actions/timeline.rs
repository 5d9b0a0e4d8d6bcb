//! What happened to an action: its journal entries as lines, all at once or as they come.

use std::time::Duration;

use serde_json::{Value, json};

use super::waiting;
use crate::client::{Client, escaped, text};
use crate::commands::output::{self, Output, cell, row};
use crate::commands::server::{items, notice};
use crate::failure::Failure;
use crate::terminal;

/// Between two looks.
const LOOK: Duration = Duration::from_millis(300);
/// Looks without a change before somebody is told what it waits for.
const QUIET: u32 = 7;

/// Shows the entries that there are.
pub(super) async fn show(client: &Client, output: Output, id: &str) -> Result<(), Failure> {
    let entries = client.get(&path(id)).await?;
    output::show(output, &entries, |entries| {
        let heading = row(["WHEN (UTC)", "WHAT", "STATUS", "PHASE", "EFFECT", "BY", ""]);
        std::iter::once(heading).chain(items(entries).map(line)).collect()
    })
}

/// Shows entries as they come, until the action is final, and, where that is asked, until its effect has ended.
///
/// # Errors
/// Also where the action failed.
pub(super) async fn watch(
    client: &Client,
    output: Output,
    id: &str,
    until_ended: bool,
) -> Result<(), Failure> {
    let mut seen = 0;
    let mut quiet = 0_u32;
    loop {
        // Read first, so that what made it final is among the entries.
        let action = client.get(&format!("/api/v1/actions/{}", escaped(id))).await?;
        for entry in items(&client.get(&path(id)).await?) {
            let sequence = entry.get("sequence").and_then(Value::as_i64).unwrap_or_default();
            if sequence > seen {
                (seen, quiet) = (sequence, 0);
                match output {
                    Output::Json => terminal::print(entry),
                    Output::Table => terminal::print(streamed(&line(entry))),
                }
            }
        }
        if is_final(&action) && !(until_ended && holds_effect(&action)) {
            return outcome(&action);
        }
        quiet = quiet.saturating_add(1);
        if quiet == QUIET
            && let Some(why) = waiting::why(client, &action).await?
        {
            notice(why);
        }
        tokio::time::sleep(LOOK).await;
    }
}

fn path(id: &str) -> String {
    format!("/api/v1/actions/{}/timeline", escaped(id))
}

/// One entry: when, what, the status, phase and effect that it led to, by whom, and why.
pub(crate) fn line(entry: &Value) -> Vec<String> {
    let nothing = json!({});
    let changes = entry.get("changes").unwrap_or(&nothing);
    let filed = text(entry, "/kind") == "created";
    let changed = |pointers: [&str; 2]| {
        let [filing, change] = pointers.map(|pointer| text(changes, pointer));
        if filed { filing.to_owned() } else { change.to_owned() }
    };
    vec![
        // Milliseconds are enough for eyes.
        text(entry, "/dateTime").get(..23).unwrap_or_default().replace('T', " "),
        cell(entry, "/kind"),
        changed(["/status", "/set/status"]),
        changed(["/@interdict.execution/phase", "/execution/phase"]),
        changed(["/@interdict.effect/state", "/effect/state"]),
        by(entry),
        changed(["/actionReason", "/set/errorInfo/message"]),
    ]
}

/// Who made an entry: the user, else the app; without either it was the server itself.
fn by(entry: &Value) -> String {
    let names = ["/actor/user/name", "/actor/user/id", "/actor/app"].map(|pointer| text(entry, pointer));
    let name = names.into_iter().find(|name| !name.is_empty()).unwrap_or("the server");
    name.replace(char::is_control, " ")
}

/// Cells with room enough for what usually comes, since later lines are not known yet.
fn streamed(cells: &[String]) -> String {
    let widths = [23, 15, 10, 10, 11, 36, 0];
    let padded = cells.iter().zip(widths).map(|(cell, width)| format!("{cell:width$}"));
    padded.collect::<Vec<_>>().join("  ").trim_end().to_owned()
}

fn is_final(action: &Value) -> bool {
    matches!(text(action, "/status"), "Completed" | "Failed")
}

fn holds_effect(action: &Value) -> bool {
    !matches!(text(action, "/@interdict.execution/effect/state"), "" | "ended" | "released")
}

fn outcome(action: &Value) -> Result<(), Failure> {
    if text(action, "/status") == "Completed" {
        return Ok(());
    }
    let phase = cell(action, "/@interdict.execution/phase");
    let (message, code) = (cell(action, "/errorInfo/message"), cell(action, "/errorInfo/code"));
    Err(Failure::failed(format!("the action has failed ({phase}): {message} (code {code})")))
}
