//! Keeping the desired state in force: at the start, every so often, and where there is doubt.

use serde_json::Value;

use super::answer::CallError;
use super::desired::Desired;
use super::leasing::{Agent, Phase};
use super::program::{self, End, Finished, Stopped};
use super::programs::Converger;
use super::report::{self, Mending};
use super::wire::EffectsPage;
use super::work::{input, name_of};

impl Agent {
    /// Asks for what changed in the desired state, and lets `look` at it.
    pub(super) async fn asked<T>(
        &self,
        provider: &str,
        look: impl FnOnce(&Desired) -> T,
    ) -> Result<T, CallError> {
        let mut desired = self.desired.lock().await;
        loop {
            let since = desired.cursor().map(str::to_owned);
            match self.effects(provider, since.clone()).await {
                Ok(page) => {
                    desired.absorb(page, since.is_none());
                    return Ok(look(&desired));
                }
                Err(CallError::Gone) if since.is_some() => desired.begin_anew(),
                Err(error) => return Err(error),
            }
        }
    }

    /// Everything, or all that changed since the cursor: a part of it would take the rest out of force.
    async fn effects(&self, provider: &str, since: Option<String>) -> Result<EffectsPage, CallError> {
        let mut whole = EffectsPage::default();
        let mut cursor = since;
        loop {
            let page = self.api.effects(provider, cursor.as_deref()).await?;
            whole.value.extend(page.value);
            whole.cursor.clone_from(&page.cursor);
            whole.restored = page.restored;
            if !page.has_more {
                return Ok(whole);
            }
            cursor = Some(page.cursor);
        }
    }

    /// Every so often, and where there is doubt; without end.
    pub(super) async fn keep_converging(&self, provider: &str) {
        if self.settings.programs.convergers().is_empty() {
            return std::future::pending().await;
        }
        loop {
            tokio::select! {
                () = tokio::time::sleep(self.settings.converge) => {}
                () = self.doubt.notified() => {}
            }
            self.converge(provider).await;
        }
    }

    /// Runs each program that is given the whole desired state.
    pub(super) async fn converge(&self, provider: &str) {
        for converger in self.settings.programs.convergers() {
            let turn = converger.turn.lock().await;
            let asked = self.asked(provider, |desired| (desired.effects(), desired.is_partial())).await;
            let (effects, partial) = match asked {
                Ok(asked) => asked,
                // What was desired last still is, as far as anybody can say here: a flushed firewall is filled again.
                Err(error) => {
                    tracing::warn!(%error, "the desired state cannot be asked for");
                    let desired = self.desired.lock().await;
                    if !desired.is_known() {
                        continue;
                    }
                    (desired.effects(), desired.is_partial())
                }
            };
            if partial {
                tracing::warn!(
                    "the server was restored from a backup, and no operator has confirmed it: what it does not know stays in \
                     force (`interdict providers confirm-restore`)"
                );
            }
            run(self, converger, &effects, partial).await;
            drop(turn);
        }
    }
}

/// Runs a program that is given the whole desired state, for no action in particular.
async fn run(agent: &Agent, converger: &Converger, effects: &[Value], partial: bool) {
    let input = input(None, effects, partial);
    let stop = async {
        agent.reached(Phase::Killing).await;
        Stopped::Shutdown
    };
    let finished = program::run(&converger.command, input, converger.time_limit, stop).await;
    let program = name_of(&converger.command);
    if finished.end == End::Exited(0) {
        tracing::debug!(%program, effects = effects.len(), "converged");
    } else {
        let said = why(&program, &finished);
        tracing::error!(%program, effects = effects.len(), %said, "the desired state may not be in force");
    }
}

fn why(program: &str, finished: &Finished) -> String {
    let report = report::of(program, finished, Mending::Itself);
    let message =
        report.and_then(|it| Some(it.members.get("errorInfo")?.get("message")?.as_str()?.to_owned()));
    message.unwrap_or_default()
}
