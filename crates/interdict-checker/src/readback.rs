//! What is in the store: through the API, and entry by entry from an export of the journal.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufRead as _, BufReader};
use std::path::Path;

use anyhow::{Context, Result};
use interdict_testkit::process::RunningServer;
use serde_json::Value;

use crate::api::{ACTIONS, Api, text};
use crate::verdict::{Found, Journal};

/// Every action of a tenant: the list, page by page, and then each by itself.
pub(crate) async fn actions(api: &Api) -> Result<Vec<Found>> {
    let listed = api.list(&format!("{ACTIONS}?$select=id&$top=500")).await?;
    let ids: Vec<_> = listed.iter().map(|action| text(action, "/id")).collect();
    let mut found = Vec::with_capacity(ids.len());
    for id in ids {
        let action = api.get(&format!("{ACTIONS}/{id}")).await?;
        let n = text(&action, "/actionReason").parse().context("an action without a number")?;
        found.push(Found {
            key: text(&action, "/clientContext"),
            id,
            n,
            etag: text(&action, "/@odata.etag"),
        });
    }
    Ok(found)
}

/// The numbers that the journal has of each action.
pub(crate) fn journal(node: &RunningServer, file: &Path) -> Result<Journal> {
    let exported = node.run(&["export", "--output", file.to_str().context("a path that is no text")?]);
    anyhow::ensure!(exported.status.success(), "no export: {}", exported.stderr);
    let mut journal = Journal::new();
    let mut keys: BTreeMap<String, String> = BTreeMap::new();
    for line in BufReader::new(File::open(file)?).lines() {
        let line: Value = serde_json::from_str(&line?)?;
        let Some(entry) = line.get("entry") else { continue };
        let change: Value = serde_json::from_str(&text(entry, "/change")).unwrap_or_default();
        let subject = text(entry, "/subject");
        if change.get("clientContext").is_some() {
            keys.insert(subject.clone(), text(&change, "/clientContext"));
        }
        let set = change.get("set").unwrap_or(&change);
        let number = set.get("actionReason").and_then(Value::as_str).and_then(|it| it.parse().ok());
        if let (Some(key), Some(number)) = (keys.get(&subject), number) {
            journal.entry(key.clone()).or_default().push(number);
        }
    }
    Ok(journal)
}
