//! `interdict provider sim`: a provider that does nothing but behave: it takes its time, fails and falls silent by
//! chance, as it is told.

mod act;
mod behaviour;

use std::pin::pin;
use std::time::Duration;

use clap::Args;
use futures_util::stream::{FuturesUnordered, StreamExt};
use serde_json::{Value, json};
use tokio::signal::unix::SignalKind;
use tokio::sync::watch;

use self::act::{Stop, act};
pub(crate) use self::behaviour::Behaviour;
use self::behaviour::{Dice, Percent, pause, percent};
use super::lease::{Ask, Lease, take};
use crate::client::{Client, text};
use crate::commands::serve::listen_for;
use crate::commands::server::{Common, address, items, provider_id};
use crate::failure::Failure;
use crate::{system, terminal};

/// What it registers itself as, where no provider is named.
const VENDOR: &str = "Interdict";
const PRODUCT: &str = "Simulator";
/// How long its leases hold, in seconds: so long whoever watches it hang has to wait.
const LEASE_SECONDS: u64 = 6;
/// How long it asks the server to wait for work, in seconds: so long it may take to stop.
const WAIT_SECONDS: u64 = 2;
/// After a request that got no answer.
const PAUSE: Duration = Duration::from_secs(1);

/// The flags of `provider sim`.
#[derive(Args, Debug)]
pub(crate) struct SimFlags {
    /// Of how many actions it is never heard again once it has begun, such as 5%
    #[arg(long, value_name = "PERCENT", default_value = "0%", value_parser = percent)]
    hang: Percent,
    /// How many actions fail; every other one of these may be tried again
    #[arg(long, value_name = "PERCENT", default_value = "0%", value_parser = percent)]
    fail: Percent,
    /// How long each takes: seconds, or such as 2m
    #[arg(long, value_name = "DURATION", default_value = "0", value_parser = pause)]
    slow: Duration,
    /// Whose work it does: an id, or vendor/provider [default: Interdict/Simulator, registered for every action where it
    /// is not there]
    #[arg(long, value_name = "PROVIDER")]
    provider: Option<String>,
    /// How many actions it has at once
    #[arg(long, value_name = "N", default_value_t = 10, value_parser = clap::value_parser!(u32).range(1..=100))]
    max: u32,
    /// Makes the same of the same actions each time
    #[arg(long, value_name = "N")]
    seed: Option<u64>,
}

/// A simulated provider.
#[derive(Debug)]
pub(crate) struct Simulation {
    /// The server's client, with a token that may execute.
    pub(crate) client: Client,
    /// The provider's id.
    pub(crate) provider: String,
    /// What it makes of its work.
    pub(crate) behaviour: Behaviour,
    /// How many actions it has at once.
    pub(crate) max: usize,
}

/// Runs until it is told to end.
pub(crate) fn run(common: &Common, flags: &SimFlags) -> Result<(), Failure> {
    common.run(async |client, _| {
        let mut terminate = listen_for(SignalKind::terminate())?;
        let mut interrupt = listen_for(SignalKind::interrupt())?;
        let provider = match &flags.provider {
            Some(meant) => provider_id(&client, meant).await?,
            None => own(&client).await?,
        };
        let seed = flags.seed.unwrap_or_else(system::seed);
        terminal::notice(format_args!("notice: simulating provider {provider} with --seed {seed}"));
        let behaviour = Behaviour { hang: flags.hang, fail: flags.fail, slow: flags.slow, seed };
        let max = usize::try_from(flags.max).unwrap_or(1);
        let stop = async {
            tokio::select! {
                _ = terminate.recv() => {}
                _ = interrupt.recv() => {}
            }
        };
        let done = Simulation { client, provider, behaviour, max }.run(stop, terminal::notice).await?;
        terminal::notice(format_args!("notice: ended after {done} actions"));
        Ok(())
    })
}

/// The simulator's own provider; registered for whatever the catalog has where it is not there.
async fn own(client: &Client) -> Result<String, Failure> {
    let list = client.get("/api/v1/providers").await?;
    let name = format!("{VENDOR}/{PRODUCT}");
    if let Some(known) = items(&list).find(|provider| address(provider).eq_ignore_ascii_case(&name)) {
        return Ok(text(known, "/id").to_owned());
    }
    let catalog = client.get("/api/v1/catalog").await?;
    let actions: Vec<_> = items(&catalog).filter_map(|definition| definition.get("name")).collect();
    let registration = json!({ "vendor": VENDOR, "provider": PRODUCT, "actions": actions });
    let registered = client.post("/api/v1/providers", &registration).await?;
    Ok(text(&registered, "/id").to_owned())
}

impl Simulation {
    /// Does what there is to do until `stop`, and tells of each action by a line. What it has then is given back, unless it
    /// hangs. The answer is how many actions there were.
    pub(crate) async fn run(
        self,
        stop: impl Future<Output = ()>,
        say: impl Fn(String),
    ) -> Result<usize, Failure> {
        let Self { client, provider, behaviour, max } = &self;
        let (stopping, stopped) = watch::channel(false);
        let mut dice = Dice::new(behaviour);
        let mut stop = pin!(stop);
        let (mut at_work, mut done) = (FuturesUnordered::new(), 0);
        let mut asking = pin!(None);
        loop {
            if asking.is_none() && at_work.len() < *max {
                let room = max.saturating_sub(at_work.len());
                let ask = Ask { max: room, wait: WAIT_SECONDS, lease: LEASE_SECONDS, member: None };
                asking.set(Some(take(client, provider, ask)));
            }
            let asked = async {
                match asking.as_mut().as_pin_mut() {
                    Some(asking) => asking.await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                () = &mut stop => break,
                Some(line) = at_work.next(), if !at_work.is_empty() => {
                    done += 1;
                    say(line);
                }
                leases = asked => {
                    asking.set(None);
                    for lease in self.given(leases, &say).await? {
                        at_work.push(act(client, lease, dice.fate(), behaviour.slow, Stop(stopped.clone())));
                    }
                }
            }
        }
        // The request that is under way may still bring something.
        if let Some(asking) = asking.as_mut().as_pin_mut() {
            for lease in asking.await.unwrap_or_default() {
                lease.report(client, "release", Value::Null).await?;
            }
        }
        let _ = stopping.send(true);
        while let Some(line) = at_work.next().await {
            done += 1;
            say(line);
        }
        Ok(done)
    }

    /// What was handed out. A request without an answer is made again; a refused one ends it.
    async fn given(
        &self,
        leases: Result<Vec<Lease>, Failure>,
        say: &impl Fn(String),
    ) -> Result<Vec<Lease>, Failure> {
        match leases {
            Ok(leases) => Ok(leases),
            Err(failure) if failure.is_refusal() => Err(failure),
            Err(failure) => {
                say(format!("notice: {}; trying again", failure.message()));
                tokio::time::sleep(PAUSE).await;
                Ok(Vec::new())
            }
        }
    }
}
