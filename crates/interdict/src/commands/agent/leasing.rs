//! The agent at work: it leases as many actions as it has programs to spare.

use std::sync::Arc;

use tokio::sync::{Mutex, Notify, OwnedSemaphorePermit, Semaphore, watch};
use tokio::task::JoinSet;

use super::answer::CallError;
use super::api::Api;
use super::config::AgentSettings;
use super::desired::Desired;
use super::pauses::Pauses;
use super::wire::{Lease, Provider};
use super::{report, work};
use crate::failure::Failure;
use crate::terminal;

/// The most that one call asks for.
const BATCH: usize = 10;

/// How far the agent is from its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Phase {
    /// Far.
    Working,
    /// It leases no more, and waits for what runs.
    Ending,
    /// Programs are told to end.
    Killing,
}

/// An agent of one provider.
#[derive(Debug)]
pub(super) struct Agent {
    pub(super) settings: AgentSettings,
    pub(super) api: Api,
    /// Held while the server is asked, so that answers are taken in the order of their questions.
    pub(super) desired: Mutex<Desired>,
    /// Something may be in force that should not be, or the other way round.
    pub(super) doubt: Notify,
    phase: watch::Receiver<Phase>,
}

impl Agent {
    /// Does nothing yet.
    pub(super) fn new(settings: AgentSettings, phase: watch::Receiver<Phase>) -> Result<Self, Failure> {
        let api = Api::new(&settings)?;
        Ok(Self { settings, api, desired: Mutex::default(), doubt: Notify::new(), phase })
    }

    /// Works until it is told to end and everything that runs has ended.
    pub(super) async fn work(self: Arc<Self>) -> Result<(), Failure> {
        let provider = tokio::select! {
            provider = self.provider() => Arc::<str>::from(provider?),
            () = self.reached(Phase::Ending) => return Ok(()),
        };
        // Before anything new: a machine that was restarted has lost what it had.
        self.converge(&provider).await;
        terminal::print(format_args!("interdict agent ready {provider} {}", self.settings.instance_id));
        let mut tasks = JoinSet::new();
        tokio::select! {
            outcome = self.lease(&provider, &mut tasks) => outcome?,
            () = self.keep_converging(&provider) => {}
        }
        while let Some(task) = tasks.join_next().await {
            log_panic(task);
        }
        Ok(())
    }

    /// Waits until the agent is that near its end.
    pub(super) async fn reached(&self, phase: Phase) {
        // An error means that nobody is left to say so.
        let _ = self.phase.clone().wait_for(|now| *now >= phase).await;
    }

    /// The provider's id: what the configuration says, or the one provider of that name.
    async fn provider(&self) -> Result<String, Failure> {
        let named = &self.settings.provider;
        let mut pauses = Pauses::new();
        let providers = loop {
            match self.api.providers().await {
                Ok(providers) => break providers,
                Err(error) if matches!(error, CallError::Unreachable(_) | CallError::Busy { .. }) => {
                    tracing::warn!(%error, "the server cannot be asked yet; trying again");
                    tokio::time::sleep(pauses.next(error.asked())).await;
                }
                Err(CallError::Refused { status: 403 | 404, .. }) => {
                    tracing::debug!("the providers may not be listed; the configured id is taken as it is");
                    return Ok(named.clone());
                }
                Err(error) => return Err(Failure::failed(format!("cannot ask for the provider: {error}"))),
            }
        };
        let found = chosen(&providers, named)?;
        for action in found.actions.iter().filter(|name| self.settings.programs.job(name).is_none()) {
            tracing::warn!(%action, "the provider offers an action that this agent has no program for");
        }
        Ok(found.id.clone())
    }

    async fn lease(self: &Arc<Self>, provider: &Arc<str>, tasks: &mut JoinSet<()>) -> Result<(), Failure> {
        let permits = Arc::new(Semaphore::new(self.settings.parallel.into()));
        let mut pauses = Pauses::new();
        let mut has_leased = false;
        loop {
            let mut spare = Vec::new();
            let leases = tokio::select! {
                biased;
                // What the server may be handing out at this moment is not begun and is handed out again.
                () = self.reached(Phase::Ending) => return Ok(()),
                leases = async {
                    spare = claim(&permits).await;
                    self.api.lease(provider, spare.len()).await
                } => leases,
            };
            while let Some(task) = tasks.try_join_next() {
                log_panic(task);
            }
            match leases {
                Ok(leases) => {
                    has_leased = true;
                    pauses = Pauses::new();
                    for lease in leases {
                        let (agent, provider) = (Arc::clone(self), Arc::clone(provider));
                        let permit = spare.pop();
                        tasks.spawn(async move { agent.take(&provider, lease, permit).await });
                    }
                }
                Err(error)
                    if has_leased || error.may_pass() && !matches!(error, CallError::Credentials(_)) =>
                {
                    drop(spare);
                    tracing::warn!(%error, "no actions can be leased now; trying again");
                    tokio::select! {
                        () = tokio::time::sleep(pauses.next(error.asked())) => {}
                        () = self.reached(Phase::Ending) => return Ok(()),
                    }
                }
                Err(error) => {
                    return Err(Failure::failed(format!(
                        "cannot lease actions of provider `{provider}`: {error}"
                    ))
                    .hint("the token needs SecurityActions.Execute.All")
                    .hint("`provider` is the id or the name that `GET /api/v1/providers` shows"));
                }
            }
        }
    }

    /// Carries out one lease; gives back what is more than was asked for.
    async fn take(&self, provider: &str, lease: Lease, permit: Option<OwnedSemaphorePermit>) {
        if permit.is_some() {
            work::carry_out(self, provider, &lease).await;
        } else {
            work::report(self, &lease, &report::release()).await;
        }
    }
}

/// As many permits as there are, up to a batch; waits for the first.
async fn claim(permits: &Arc<Semaphore>) -> Vec<OwnedSemaphorePermit> {
    // Nobody closes the semaphore.
    let mut claimed: Vec<_> = Arc::clone(permits).acquire_owned().await.into_iter().collect();
    while claimed.len() < BATCH {
        let Ok(permit) = Arc::clone(permits).try_acquire_owned() else { break };
        claimed.push(permit);
    }
    claimed
}

fn chosen<'a>(providers: &'a [Provider], named: &str) -> Result<&'a Provider, Failure> {
    if let Some(found) = providers.iter().find(|it| it.id == named) {
        return Ok(found);
    }
    let of_name: Vec<_> = providers.iter().filter(|it| it.provider.eq_ignore_ascii_case(named)).collect();
    if let [found] = of_name.as_slice() {
        return Ok(found);
    }
    let known: Vec<_> = providers.iter().map(|it| format!("`{}` ({})", it.provider, it.id)).collect();
    let what = if of_name.is_empty() { "there is no provider" } else { "there are several providers" };
    let failure = Failure::failed(format!("{what} `{named}`"));
    Err(if known.is_empty() { failure } else { failure.hint(format!("there are {}", known.join(", "))) })
}

fn log_panic(task: Result<(), tokio::task::JoinError>) {
    if let Err(error) = task {
        tracing::error!(%error, "an action was given up");
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;

    #[test]
    fn a_provider_is_named_by_its_id_or_its_name() {
        let provider = |id: &str, name: &str| Provider {
            id: id.to_owned(),
            provider: name.to_owned(),
            actions: Vec::new(),
        };
        let known = [provider("1", "Firewall"), provider("2", "Endpoint"), provider("3", "endpoint")];
        assert_eq!(chosen(&known, "1").unwrap().id, "1");
        assert_eq!(chosen(&known, "firewall").unwrap().id, "1");
        assert!(chosen(&known, "Endpoint").unwrap_err().to_string().contains("several providers `Endpoint`"));
        let fault = chosen(&known, "x").unwrap_err().to_string();
        assert!(fault.contains("there is no provider `x`") && fault.contains("`Firewall` (1)"), "{fault}");
    }
}
