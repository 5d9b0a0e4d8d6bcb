//! What commands that speak to a running server have in common.

use clap::Args;
use serde::Serialize;
use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::output::{self, Output};
use crate::client::{Client, HEADING, ServerFlags, text};
use crate::failure::Failure;
use crate::terminal;

/// Which server, and the form of its answers.
#[derive(Args, Clone, Debug)]
pub(crate) struct Common {
    #[command(flatten)]
    pub(crate) server: ServerFlags,
    /// Form of the answer on stdout
    #[arg(long, global = true, help_heading = HEADING, value_name = "FORM", value_enum, default_value = "table")]
    pub(crate) output: Output,
}

impl Common {
    /// Runs `work` with the client that the flags describe.
    pub(crate) fn run<T>(
        &self,
        work: impl AsyncFnOnce(Client, Output) -> Result<T, Failure>,
    ) -> Result<T, Failure> {
        let client = self.server.client()?;
        super::runtime()?.block_on(work(client, self.output))
    }
}

/// An object's members as far as they are given.
#[derive(Debug, Default)]
pub(crate) struct Members(Map<String, Value>);

impl Members {
    /// Has the object have this member, where there is a value.
    pub(crate) fn put<T: Serialize>(&mut self, name: &str, value: Option<T>) {
        if let Some(value) = value {
            self.0.insert(name.to_owned(), json!(value));
        }
    }

    /// Whether nothing is given.
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The object, unless it would be empty.
    pub(crate) fn given(self) -> Option<Value> {
        (!self.0.is_empty()).then_some(Value::Object(self.0))
    }

    /// The object.
    pub(crate) fn into_value(self) -> Value {
        Value::Object(self.0)
    }
}

/// Prints one thing with all its members.
pub(crate) fn show_one(output: Output, value: &Value) -> Result<(), Failure> {
    output::show(output, value, output::facts)
}

/// Prints an action as far as it matters to whoever has just decided on it; as JSON all of it.
pub(crate) fn show_action(output: Output, action: &Value) -> Result<(), Failure> {
    const MEMBERS: [(&str, &str); 12] = [
        ("id", "/id"),
        ("name", "/name"),
        ("parameters", "/parameters"),
        ("reason", "/actionReason"),
        ("status", "/status"),
        ("phase", "/@interdict.execution/phase"),
        ("effect", "/@interdict.execution/effect/state"),
        ("until", "/@interdict.execution/effect/until"),
        ("undone by", "/@interdict.execution/undoneBy"),
        ("approval until", "/@interdict.execution/approval/expiresAt"),
        ("error", "/errorInfo/message"),
        ("comment", "/@interdict.execution/comment"),
    ];
    output::show(output, action, |action| {
        let rows = MEMBERS.map(|(name, pointer)| output::row([name, &output::cell(action, pointer)]));
        rows.into_iter().filter(|cells| cells.last().is_some_and(|cell| cell != "-")).collect()
    })
}

/// Prints a list as a table with these columns: a heading and a JSON pointer each; or the list itself as JSON.
pub(crate) fn show_list(output: Output, list: &Value, columns: &[(&str, &str)]) -> Result<(), Failure> {
    output::show(output, list, |list| {
        let heading = columns.iter().map(|(heading, _)| (*heading).to_owned()).collect();
        let cells = |item: &Value| columns.iter().map(|(_, pointer)| output::cell(item, pointer)).collect();
        std::iter::once(heading).chain(items(list).map(cells)).collect()
    })
}

/// What a list holds.
pub(crate) fn items(list: &Value) -> impl Iterator<Item = &Value> {
    list.get("value").and_then(Value::as_array).into_iter().flatten()
}

/// Says what was done, where nothing is to be shown.
pub(crate) fn notice(text: impl std::fmt::Display) {
    terminal::notice(format_args!("notice: {text}"));
}

/// The id of the provider that is meant: by its id, or as `vendor/provider[/subProvider]`.
pub(crate) async fn provider_id(client: &Client, meant: &str) -> Result<String, Failure> {
    if Uuid::try_parse(meant).is_ok() {
        return Ok(meant.to_ascii_lowercase());
    }
    let list = client.get("/api/v1/providers").await?;
    let found = items(&list).find(|provider| address(provider).eq_ignore_ascii_case(meant));
    match found {
        Some(provider) => Ok(text(provider, "/id").to_owned()),
        None => Err(Failure::failed(format!("no provider is `{meant}`"))
            .hint("`interdict providers list` shows ids and names; a name is `vendor/provider`")),
    }
}

/// Who filed an action: the user, else the app.
pub(crate) fn filer(action: &Value) -> String {
    output::cell(action, if text(action, "/user").is_empty() { "/appId" } else { "/user" })
}

/// How a provider is named: `vendor/provider[/subProvider]`.
pub(crate) fn address(provider: &Value) -> String {
    let parts = ["/vendor", "/provider", "/subProvider"].map(|pointer| text(provider, pointer));
    parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("/")
}
