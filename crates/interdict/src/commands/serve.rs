//! `interdict serve`: runs the server until a signal ends it.

mod addresses;
mod bootstrap;
pub(crate) mod instance;
mod keeping;
pub(crate) mod opening;
mod servers;
mod shared_keys;

use tokio::signal::unix::{Signal, SignalKind, signal};

use self::instance::Instance;
use crate::config::{LogFlags, ServeFlags, Settings};
use crate::data_dir::DataDir;
use crate::failure::Failure;
use crate::logging::{self, LogControl};
use crate::terminal;

/// What a file grows past under `RLIMIT_FSIZE`: the write must fail, not the process.
const SIGXFSZ: i32 = 25;

/// Runs the server.
pub(crate) fn run(flags: &ServeFlags, log: LogFlags) -> Result<(), Failure> {
    let settings = Settings::load(flags, log)?;
    let control = logging::start(settings.log_format, settings.log_level);
    super::runtime()?.block_on(serve(&settings, flags, log, &control))
}

async fn serve(
    settings: &Settings,
    flags: &ServeFlags,
    log: LogFlags,
    control: &LogControl,
) -> Result<(), Failure> {
    let mut interrupt = listen_for(SignalKind::interrupt())?;
    let mut terminate = listen_for(SignalKind::terminate())?;
    let mut hangup = listen_for(SignalKind::hangup())?;
    let _file_too_large = listen_for(SignalKind::from_raw(SIGXFSZ))?;

    let mut ending = std::pin::pin!(async {
        tokio::select! {
            _ = interrupt.recv() => tracing::info!("interrupted; finishing requests in flight"),
            _ = terminate.recv() => tracing::info!("told to end; finishing requests in flight"),
        }
    });
    let instance = tokio::select! {
        opened = Instance::open(settings) => opened?,
        () = ending.as_mut() => return Ok(()),
    };
    let reloading = async {
        while hangup.recv().await.is_some() {
            reload(&instance, flags, log, control).await;
        }
    };
    if let Some(tenant) = instance.first_tenant() {
        let file = DataDir::at(&settings.store.data_dir).bootstrap_file();
        terminal::notice(format_args!(
            "notice: first start: made tenant {tenant} and its administrator app; their credentials are in `{}`",
            file.display()
        ));
    }
    terminal::print(format_args!("interdict ready {}", instance.url()));
    tracing::info!(url = instance.url(), data_dir = %settings.store.data_dir.display(), "ready");
    tokio::select! {
        () = instance.run(ending) => {}
        () = reloading => {}
    }
    instance.close().await;
    tracing::info!("ended");
    Ok(())
}

/// Takes a signal over from the system.
pub(crate) fn listen_for(kind: SignalKind) -> Result<Signal, Failure> {
    signal(kind).map_err(|error| Failure::failed(format!("cannot listen for signals: {error}")))
}

/// Certificates, issuers' key sets and the log level, read again. What cannot be read stays as it was.
async fn reload(instance: &Instance, flags: &ServeFlags, log: LogFlags, control: &LogControl) {
    match Settings::load(flags, log) {
        Ok(settings) => control.set(settings.log_level),
        Err(failure) => tracing::error!(%failure, "the configuration was not reloaded"),
    }
    instance.reload().await;
    tracing::info!("reloaded certificates, key sets and log level");
}
