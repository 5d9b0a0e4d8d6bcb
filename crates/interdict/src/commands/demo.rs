//! `interdict demo`: a server in a temporary directory, real actions over real HTTP, and what became of them.

mod compare;
mod scenario;
mod screen;

use std::path::Path;

use interdict_model::clock::Clock;
use interdict_model::{AppId, Permission, TenantId, Timestamp};
use secrecy::{ExposeSecret, SecretString};
use tokio::signal::unix::SignalKind;
use tokio::sync::oneshot;

use self::scenario::{Credentials, Scenario};
use self::screen::Screen;
use super::serve::instance::Instance;
use super::serve::listen_for;
use crate::config::{LogFlags, Settings, StoreLocation};
use crate::data_dir::DataDir;
use crate::failure::Failure;
use crate::logging;
use crate::system::{self, SystemClock};

/// How long the token of the `curl` line lives.
const TOKEN_SECONDS: u32 = 8 * 3600;

/// What a migration may do: also write what the server otherwise keeps.
const MIGRATION: [Permission; 2] = [Permission::ActionsReadWrite, Permission::ActionsProvenance];

/// The flags of `demo`.
#[derive(Debug, clap::Args)]
pub(crate) struct DemoFlags {
    /// End after the scenario; status 0 only if every step held
    #[arg(long)]
    exit: bool,
}

/// Runs the demonstration.
pub(crate) fn run(flags: &DemoFlags, log: LogFlags) -> Result<(), Failure> {
    let dir = tempfile::Builder::new()
        .prefix("interdict-demo-")
        .tempdir()
        .map_err(|error| Failure::failed(format!("cannot make a temporary directory: {error}")))?;
    let settings = Settings::temporary(dir.path(), log);
    logging::start(settings.log_format, settings.log_level);
    super::runtime()?.block_on(demonstrate(flags, dir.path(), settings))
}

async fn demonstrate(flags: &DemoFlags, dir: &Path, settings: Settings) -> Result<(), Failure> {
    let mut terminate = listen_for(SignalKind::terminate())?;
    let mut interrupt = listen_for(SignalKind::interrupt())?;
    let instance = Instance::open(&settings).await?;
    let (stop, stopped) = oneshot::channel::<()>();
    let until_stopped = async {
        // An error means that the sender is gone, which ends the server as well.
        let _ = stopped.await;
    };
    let showing = async {
        let outcome = tokio::select! {
            outcome = show(flags, dir, &settings.store, &instance) => outcome,
            _ = interrupt.recv() => Ok(()),
            _ = terminate.recv() => Ok(()),
        };
        drop(stop);
        outcome
    };
    let ((), outcome) = tokio::join!(instance.run(until_stopped), showing);
    instance.close().await;
    outcome
}

async fn show(
    flags: &DemoFlags,
    dir: &Path,
    store: &StoreLocation,
    instance: &Instance,
) -> Result<(), Failure> {
    let credentials = credentials(dir, instance)?;
    let screen = Screen::new();
    screen.title(&format!("interdict {} demo", env!("CARGO_PKG_VERSION")));
    screen.facts(&[
        ("server", instance.url().to_owned()),
        ("tenant", credentials.bootstrap.tenant.to_string()),
        ("data", format!("{} (removed at the end)", dir.display())),
    ]);
    let mut scenario = Scenario::new(&instance.url(), &credentials, store, screen)?;
    let token = scenario.sign_in().await?;
    let simulation = scenario.connect().await?;
    let provider = simulation.provider.clone();
    let telling = async {
        let screen = scenario.run(&provider).await?;
        screen.verdict()?;
        if !flags.exit {
            screen.try_it(&instance.url(), token.expose_secret(), scenario::PRODUCT);
            std::future::pending::<()>().await;
        }
        Ok(())
    };
    tokio::select! {
        outcome = telling => outcome,
        // It works as long as the server does; what it does shows in the actions.
        outcome = simulation.run(std::future::pending(), drop) => outcome.map(drop),
    }
}

fn credentials(dir: &Path, instance: &Instance) -> Result<Credentials, Failure> {
    let bootstrap = DataDir::at(dir)
        .bootstrap()?
        .ok_or_else(|| Failure::failed("the first start wrote no bootstrap credentials"))?;
    let now = SystemClock.now();
    let provider_app = system::new_app();
    let stranger = system::new_tenant();
    Ok(Credentials {
        migration: mint(instance, bootstrap.tenant, system::new_app(), &MIGRATION, now)?,
        provider: mint(instance, bootstrap.tenant, provider_app.clone(), &[Permission::ActionsExecute], now)?,
        provider_app,
        stranger: mint(instance, stranger, system::new_app(), &MIGRATION, now)?,
        bootstrap,
    })
}

fn mint(
    instance: &Instance,
    tenant: TenantId,
    app: AppId,
    roles: &[Permission],
    now: Timestamp,
) -> Result<SecretString, Failure> {
    let issuer =
        instance.state().issuer.as_ref().ok_or_else(|| Failure::failed("the built-in issuer is off"))?;
    let request = interdict_auth::TokenRequest {
        tenant,
        app,
        roles: roles.iter().map(|role| role.name().to_owned()).collect(),
        scopes: Vec::new(),
        user: None,
        expires_in: TOKEN_SECONDS,
    };
    issuer.mint(&request, now).map_err(|error| Failure::failed(format!("cannot sign a token: {error}")))
}
