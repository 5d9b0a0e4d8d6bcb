//! `interdict demo`: a server in a temporary directory, real actions over real HTTP, and what became of them.

mod api;
mod compare;
mod scenario;
mod screen;

use std::path::Path;

use interdict_model::clock::Clock;
use interdict_model::{TenantId, Timestamp};
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
    let mut screen = Screen::new();
    screen.title(&format!("interdict {} demo", env!("CARGO_PKG_VERSION")));
    screen.facts(&[
        ("server", instance.url().to_owned()),
        ("tenant", credentials.bootstrap.tenant.to_string()),
        ("data", format!("{} (removed at the end)", dir.display())),
    ]);
    let token = Scenario::new(&instance.url(), &credentials, store, &mut screen)?.run().await?;
    screen.verdict()?;
    if flags.exit {
        return Ok(());
    }
    screen.try_it(&instance.url(), token.expose_secret());
    std::future::pending().await
}

fn credentials(dir: &Path, instance: &Instance) -> Result<Credentials, Failure> {
    let bootstrap = DataDir::at(dir)
        .bootstrap()?
        .ok_or_else(|| Failure::failed("the first start wrote no bootstrap credentials"))?;
    let now = SystemClock.now();
    Ok(Credentials {
        migration: mint(instance, bootstrap.tenant, now)?,
        stranger: mint(instance, system::new_tenant(), now)?,
        bootstrap,
    })
}

/// A token that may also write what the server otherwise keeps.
fn mint(instance: &Instance, tenant: TenantId, now: Timestamp) -> Result<SecretString, Failure> {
    use interdict_model::Permission::{ActionsProvenance, ActionsReadWrite};
    let issuer =
        instance.state().issuer.as_ref().ok_or_else(|| Failure::failed("the built-in issuer is off"))?;
    let request = interdict_auth::TokenRequest {
        tenant,
        app: system::new_app(),
        roles: [ActionsReadWrite, ActionsProvenance].map(|role| role.name().to_owned()).to_vec(),
        scopes: Vec::new(),
        user: None,
        expires_in: TOKEN_SECONDS,
    };
    issuer.mint(&request, now).map_err(|error| Failure::failed(format!("cannot sign a token: {error}")))
}
