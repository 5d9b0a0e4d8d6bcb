//! `interdict agent`: a pull provider. It leases actions from a server, has this machine's programs carry them out, and
//! reports what became of them.

mod answer;
mod api;
mod config;
mod converging;
mod credentials;
mod desired;
mod leasing;
mod pauses;
mod program;
mod programs;
mod report;
mod wire;
mod work;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use clap::Args;
use tokio::signal::unix::SignalKind;
use tokio::sync::watch;

use self::config::AgentSettings;
use self::leasing::{Agent, Phase};
use super::serve::listen_for;
use crate::config::LogFlags;
use crate::failure::Failure;
use crate::logging::{self, LogLevel};

/// For the last reports, once programs have been told to end and had their time for it.
const LAST_REPORTS: Duration = Duration::from_secs(10);

/// The flags of `agent`.
#[derive(Args, Debug)]
pub(crate) struct AgentFlags {
    /// Configuration file of the agent
    #[arg(long, value_name = "FILE", env = "INTERDICT_AGENT_CONFIG", default_value = "agent.toml")]
    config: PathBuf,
    /// The server [default: the file's]
    #[arg(long, value_name = "URL", env = "INTERDICT_URL")]
    url: Option<String>,
    /// File with a token [default: INTERDICT_TOKEN, else the file's]
    #[arg(long, value_name = "FILE")]
    token_file: Option<PathBuf>,
    /// Certificate authorities of the server, PEM [default: the file's, else the system's]
    #[arg(long, value_name = "FILE")]
    ca: Option<PathBuf>,
    /// Allow plain HTTP beyond loopback: something else keeps the way safe
    #[arg(long)]
    insecure_http: bool,
}

/// Works until it is told to end.
pub(crate) fn run(flags: &AgentFlags, log: LogFlags) -> Result<(), Failure> {
    logging::start(log.log_format.unwrap_or_default(), log.log_level.unwrap_or(LogLevel::Info));
    let settings = AgentSettings::load(flags)?;
    super::runtime()?.block_on(until_told(settings))
}

/// A first signal ends the leasing, and after the grace the programs; a second one ends the programs at once.
async fn until_told(settings: AgentSettings) -> Result<(), Failure> {
    let mut terminate = listen_for(SignalKind::terminate())?;
    let mut interrupt = listen_for(SignalKind::interrupt())?;
    let (tell, told) = watch::channel(Phase::Working);
    let grace = settings.grace;
    let agent = Arc::new(Agent::new(settings, told)?);
    let mut signalled = async || {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
    };
    let ending = async {
        signalled().await;
        tracing::info!("no more actions are leased; running ones are waited for");
        tell.send_replace(Phase::Ending);
        tokio::select! {
            () = tokio::time::sleep(grace) => {}
            () = signalled() => {}
        }
        tell.send_replace(Phase::Killing);
        tokio::time::sleep(program::PATIENCE + LAST_REPORTS).await;
    };
    tokio::select! {
        outcome = agent.work() => outcome,
        () = ending => Err(Failure::failed("not everything that ran could be reported")),
    }
}
