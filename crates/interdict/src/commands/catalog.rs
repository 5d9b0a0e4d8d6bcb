//! `interdict catalog`: which actions there are, what each takes, and who carries it out.

mod file;

use std::path::PathBuf;

use clap::{Args, Subcommand};
use reqwest::Method;
use serde_json::Value;

use super::output::{self, Output, cell, row};
use super::server::{Common, address, items, notice};
use crate::client::{Client, escaped, text};
use crate::failure::Failure;
use crate::terminal;

const CATALOG: &str = "/api/v1/catalog";

/// `interdict catalog`
#[derive(Args, Debug)]
pub(crate) struct CatalogFlags {
    #[command(flatten)]
    common: Common,
    #[command(subcommand)]
    command: CatalogCommand,
}

/// What to do with definitions.
#[derive(Debug, Subcommand)]
enum CatalogCommand {
    /// List the actions
    List,
    /// Show one with its parameters
    Show {
        /// Name or alias
        #[arg(value_name = "NAME")]
        name: String,
        /// Print it as TOML, to be edited and added
        #[arg(long)]
        toml: bool,
    },
    /// Add definitions of the tenant's own
    Add {
        /// A definition as JSON, or where the name ends so as TOML, several under `[[action]]`; `-` reads JSON from stdin
        #[arg(value_name = "FILE")]
        file: PathBuf,
        /// Put it in the place of one that is there
        #[arg(long)]
        replace: bool,
    },
    /// Remove a definition of the tenant's own; one that is built in shows again
    Remove {
        /// Its name
        #[arg(value_name = "NAME")]
        name: String,
    },
}

/// Carries out a `catalog` command.
pub(crate) fn run(flags: &CatalogFlags) -> Result<(), Failure> {
    flags.common.run(async |client, output| carry_out(&client, output, &flags.command).await)
}

async fn carry_out(client: &Client, output: Output, command: &CatalogCommand) -> Result<(), Failure> {
    let at = |name: &str| format!("{CATALOG}/{}", escaped(name));
    match command {
        CatalogCommand::List => {
            let list = client.get(CATALOG).await?;
            let providers = client.get("/api/v1/providers").await?;
            output::show(output, &list, |list| rows(list, &providers))
        }
        CatalogCommand::Show { name, toml } => {
            let definition = client.get(&at(name)).await?;
            if *toml {
                terminal::print(file::to_toml(definition)?.trim_end());
                return Ok(());
            }
            output::show(output, &definition, table)
        }
        CatalogCommand::Add { file, replace } => {
            for definition in file::read(file)? {
                let body = serde_json::to_value(&definition).unwrap_or_default();
                let added = if *replace {
                    client.call(Method::PUT, &at(&definition.name), Some(&body)).await?
                } else {
                    client.call(Method::POST, CATALOG, Some(&body)).await?
                };
                output::show(output, &added.body, table)?;
            }
            Ok(())
        }
        CatalogCommand::Remove { name } => {
            client.call(Method::DELETE, &at(name), None).await?;
            notice(format_args!("removed {name}"));
            Ok(())
        }
    }
}

/// A line each, with the names of the providers that offer it.
fn rows(list: &Value, providers: &Value) -> Vec<Vec<String>> {
    let heading = row(["NAME", "TARGET", "UNDONE BY", "RISK", "TITLE", "PROVIDERS"]);
    let of = |definition: &Value| {
        let name = text(definition, "/name");
        let offers = |provider: &&Value| {
            let actions = provider.get("actions").and_then(Value::as_array).into_iter().flatten();
            actions.filter_map(Value::as_str).any(|offered| offered.eq_ignore_ascii_case(name))
        };
        let offering: Vec<_> = items(providers).filter(offers).map(address).collect();
        let mut cells: Vec<_> = ["/name", "/target", "/undo/action", "/risk", "/title"]
            .map(|pointer| cell(definition, pointer))
            .to_vec();
        cells.push(offering.join(", "));
        cells
    };
    std::iter::once(heading).chain(items(list).map(of)).collect()
}

/// The definition's members, then its parameters, a line each.
fn table(definition: &Value) -> Vec<Vec<String>> {
    let mut rest = definition.clone();
    let parameters = rest.as_object_mut().and_then(|members| members.remove("parameters"));
    let mut rows = output::facts(&rest);
    for parameter in parameters.as_ref().and_then(Value::as_array).into_iter().flatten() {
        let required = parameter.get("required").and_then(Value::as_bool) == Some(true);
        let values = cell(parameter, "/values");
        let mut words = vec![cell(parameter, "/type")];
        words.extend(required.then(|| "required".to_owned()));
        words.extend((values != "-").then(|| format!("one of {values}")));
        words.push(cell(parameter, "/description"));
        rows.push(row([&format!("parameter {}", cell(parameter, "/name")), &words.join("; ")]));
    }
    rows
}
