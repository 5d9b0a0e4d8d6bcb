//! `interdict effects`: what is in force.

use std::collections::BTreeMap;

use clap::{Args, Subcommand};
use serde_json::{Value, json};

use super::output::{self, cell, row};
use super::server::{Common, address, items, notice, provider_id};
use crate::client::{Client, escaped, text};
use crate::failure::Failure;

/// `interdict effects`
#[derive(Args, Debug)]
pub(crate) struct EffectsFlags {
    #[command(flatten)]
    common: Common,
    #[command(subcommand)]
    command: EffectsCommand,
}

/// What to see of effects.
#[derive(Debug, Subcommand)]
enum EffectsCommand {
    /// List what is or may be in force: everywhere, on a target, or by a provider
    List {
        /// An address or a range, a domain, a URL, a hash, a device or a user
        #[arg(long, value_name = "TARGET")]
        target: Option<String>,
        /// Id, or vendor/provider
        #[arg(long, value_name = "PROVIDER")]
        provider: Option<String>,
    },
}

/// Carries out an `effects` command.
pub(crate) fn run(flags: &EffectsFlags) -> Result<(), Failure> {
    let EffectsCommand::List { target, provider } = &flags.command;
    flags.common.run(async |client, output| {
        let providers = client.get("/api/v1/providers").await?;
        let only = match provider {
            Some(meant) => Some(provider_id(&client, meant).await?),
            None => None,
        };
        let is_meant = |id: &str| only.as_deref().is_none_or(|only| only == id);
        let effects: Vec<Value> = match target {
            Some(target) => {
                let list = client.get(&format!("/api/v1/effects?target={}", escaped(target))).await?;
                items(&list).filter(|effect| is_meant(text(effect, "/provider"))).cloned().collect()
            }
            None => {
                let mut effects = Vec::new();
                for id in items(&providers).map(|provider| text(provider, "/id")).filter(|id| is_meant(id)) {
                    effects.extend(of_provider(&client, id).await?);
                }
                effects
            }
        };
        output::show(output, &json!({ "value": effects }), |list| table(list, &providers))
    })
}

/// All that is or may be in force at a provider, page by page.
async fn of_provider(client: &Client, id: &str) -> Result<Vec<Value>, Failure> {
    let path = format!("/api/v1/providers/{}/effects", escaped(id));
    let mut found = BTreeMap::new();
    let mut page = client.get(&path).await?;
    if page.get("restored") == Some(&Value::Bool(true)) {
        notice(
            "the store was restored: what is being lifted is left out until `interdict providers confirm-restore`",
        );
    }
    loop {
        for effect in items(&page) {
            // What changed between two pages is told once more, as it is now.
            found.insert(text(effect, "/key").to_owned(), effect.clone());
        }
        if page.get("hasMore") != Some(&Value::Bool(true)) {
            found.retain(|_, effect| text(effect, "/state") != "ended");
            return Ok(found.into_values().collect());
        }
        page = client.get(&format!("{path}?cursor={}", escaped(text(&page, "/cursor")))).await?;
    }
}

fn table(list: &Value, providers: &Value) -> Vec<Vec<String>> {
    let heading = row(["TARGET", "ACTION", "STATE", "UNTIL", "PROVIDER", "HELD BY"]);
    let of = |effect: &Value| {
        let id = text(effect, "/provider");
        let provider = items(providers).find(|provider| text(provider, "/id") == id);
        let provider = provider.map_or_else(|| id.to_owned(), address);
        let [target, action, state, until, holders] =
            ["/target", "/action", "/state", "/until", "/holders"].map(|pointer| cell(effect, pointer));
        row([&target, &action, &state, &until, &provider, &holders])
    };
    std::iter::once(heading).chain(items(list).map(of)).collect()
}
