//! `interdict providers`: the executors that a server knows.

use clap::{Args, Subcommand};
use reqwest::Method;
use serde_json::{Value, json};

use super::output::{self, Output, cell, row};
use super::server::{Common, Members, address, items, notice, provider_id, show_one};
use crate::client::Client;
use crate::failure::Failure;

const PROVIDERS: &str = "/api/v1/providers";
/// Names of actions that the table has room for.
const SHOWN: usize = 5;

/// `interdict providers`
#[derive(Args, Debug)]
pub(crate) struct ProvidersFlags {
    #[command(flatten)]
    common: Common,
    #[command(subcommand)]
    command: ProvidersCommand,
}

/// What to do with providers. PROVIDER is an id, or `vendor/provider[/subProvider]`.
#[derive(Debug, Subcommand)]
enum ProvidersCommand {
    /// List them
    List,
    /// Show one
    Get {
        /// Id, or vendor/provider
        #[arg(value_name = "PROVIDER")]
        provider: String,
    },
    /// Register one
    Add(Registration),
    /// Change a registration; what is not named stays
    Update {
        /// Id, or vendor/provider
        #[arg(value_name = "PROVIDER")]
        which: String,
        #[command(flatten)]
        registration: Registration,
    },
    /// Remove one that has nothing to do and nothing in force
    Remove {
        /// Id, or vendor/provider
        #[arg(value_name = "PROVIDER")]
        provider: String,
    },
    /// Hand out nothing to it but undo work
    Pause {
        /// Id, or vendor/provider
        #[arg(value_name = "PROVIDER")]
        provider: String,
    },
    /// Hand out work to it again
    Resume {
        /// Id, or vendor/provider
        #[arg(value_name = "PROVIDER")]
        provider: String,
    },
    /// After a restore from a backup: say that what the server knows is what is to be in force, so that the rest may end
    ConfirmRestore,
}

/// What a registration says.
#[derive(Args, Debug)]
struct Registration {
    /// The maker, as actions name it
    #[arg(long, value_name = "NAME")]
    vendor: Option<String>,
    /// The product
    #[arg(long, value_name = "NAME")]
    provider: Option<String>,
    /// A part of the product
    #[arg(long, value_name = "NAME")]
    sub_provider: Option<String>,
    /// An action that it carries out, by its name in the catalog; repeats
    #[arg(long = "action", value_name = "NAME")]
    actions: Vec<String>,
    /// Which of its programs carry an action out, `any` or `all`
    #[arg(long, value_name = "SCOPE", value_parser = ["any", "all"])]
    scope: Option<String>,
    /// How many actions it may hold at once
    #[arg(long, value_name = "N")]
    max_concurrent: Option<u32>,
    /// How long a lease holds where its request does not say
    #[arg(long, value_name = "SECONDS")]
    lease_seconds: Option<u32>,
    /// Whether anything is handed out to it
    #[arg(long, value_name = "BOOL")]
    enabled: Option<bool>,
    /// The app that alone may lease and report; `none` unbinds it
    #[arg(long, value_name = "GUID")]
    app_id: Option<String>,
}

impl Registration {
    fn body(&self) -> Value {
        let app = self.app_id.as_deref().map(|app| if app == "none" { Value::Null } else { json!(app) });
        let mut body = Members::default();
        body.put("vendor", self.vendor.as_ref());
        body.put("provider", self.provider.as_ref());
        body.put("subProvider", self.sub_provider.as_ref());
        body.put("actions", (!self.actions.is_empty()).then_some(&self.actions));
        body.put("scope", self.scope.as_ref());
        body.put("maxConcurrent", self.max_concurrent);
        body.put("leaseSeconds", self.lease_seconds);
        body.put("enabled", self.enabled);
        body.put("appId", app);
        body.into_value()
    }
}

/// Carries out a `providers` command.
pub(crate) fn run(flags: &ProvidersFlags) -> Result<(), Failure> {
    flags.common.run(async |client, output| carry_out(&client, output, &flags.command).await)
}

async fn carry_out(client: &Client, output: Output, command: &ProvidersCommand) -> Result<(), Failure> {
    let at = async |meant: &str| -> Result<String, Failure> {
        Ok(format!("{PROVIDERS}/{}", provider_id(client, meant).await?))
    };
    match command {
        ProvidersCommand::List => output::show(output, &client.get(PROVIDERS).await?, table),
        ProvidersCommand::Get { provider } => show_one(output, &client.get(&at(provider).await?).await?),
        ProvidersCommand::Add(registration) => {
            show_one(output, &client.post(PROVIDERS, &registration.body()).await?)
        }
        ProvidersCommand::Update { which, registration } => {
            let path = at(which).await?;
            let changed = client.call(Method::PATCH, &path, Some(&registration.body())).await?;
            show_one(output, &changed.body)
        }
        ProvidersCommand::Remove { provider } => {
            client.call(Method::DELETE, &at(provider).await?, None).await?;
            notice(format_args!("removed {provider}"));
            Ok(())
        }
        ProvidersCommand::Pause { provider } => {
            show_one(output, &client.post(&format!("{}/pause", at(provider).await?), &Value::Null).await?)
        }
        ProvidersCommand::Resume { provider } => {
            show_one(output, &client.post(&format!("{}/resume", at(provider).await?), &Value::Null).await?)
        }
        ProvidersCommand::ConfirmRestore => {
            show_one(output, &client.post("/api/v1/tenant/confirm-restore", &Value::Null).await?)
        }
    }
}

fn table(list: &Value) -> Vec<Vec<String>> {
    let heading = row(["ID", "PROVIDER", "STATE", "LAST SEEN", "ACTIONS"]);
    let of = |provider: &Value| {
        let is = |name: &str| provider.get(name).and_then(Value::as_bool).unwrap_or_default();
        let state = match (is("enabled"), is("paused")) {
            (false, _) => "disabled",
            (true, true) => "paused",
            (true, false) => "enabled",
        };
        let (seen, actions) = (cell(provider, "/lastSeen"), some_of(provider.get("actions")));
        row([&cell(provider, "/id"), &address(provider), state, &seen, &actions])
    };
    std::iter::once(heading).chain(items(list).map(of)).collect()
}

/// The first names, and how many more there are.
fn some_of(names: Option<&Value>) -> String {
    let names = names.and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let shown: Vec<_> = names.iter().take(SHOWN).filter_map(Value::as_str).collect();
    match names.len().saturating_sub(SHOWN) {
        0 => shown.join(", "),
        more => format!("{} and {more} more", shown.join(", ")),
    }
}
