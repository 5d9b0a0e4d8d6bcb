//! What a node takes over from the others while it serves: new keys, and apps that were removed.

use std::time::Duration;

use interdict_model::Timestamp;

use super::instance::Instance;
use crate::commands::app::operate::app_failure;
use crate::failure::Failure;

/// Between two looks: a removed app's tokens end within five seconds on every node.
const LOOK: Duration = Duration::from_secs(2);
/// Nodes' clocks differ, and a commit takes a while: so much is looked at again.
const OVERLAP_SECONDS: i64 = 60;

impl Instance {
    /// Keeps up with the other nodes.
    pub(super) async fn keep_up(&self, mut since: Timestamp) {
        let mut failing = false;
        loop {
            tokio::time::sleep(LOOK).await;
            match self.catch_up(since).await {
                Ok(latest) => {
                    since = latest;
                    failing = false;
                }
                Err(failure) => {
                    // Once: the store's own state is told elsewhere.
                    if !std::mem::replace(&mut failing, true) {
                        let cause = failure.message();
                        tracing::warn!(cause, "what other nodes changed is not known; trying again");
                    }
                }
            }
        }
    }

    /// Takes over what changed from `since` on; from when on to look the next time.
    pub(super) async fn catch_up(&self, since: Timestamp) -> Result<Timestamp, Failure> {
        let state = self.state();
        let mut latest = since;
        let removed = state.service.removed_apps(since).await.map_err(|error| app_failure(&error))?;
        for (tenant, app, at) in removed {
            latest = latest.max(at.plus_seconds(-OVERLAP_SECONDS));
            state.authenticator.remove_app(tenant, app, at);
        }
        let adopted = self.keyring().adopt().await;
        // Where it failed too: what was accepted before may be revoked.
        if !matches!(adopted, Ok(false)) {
            state.authenticator.forget();
        }
        if adopted? {
            tracing::info!("the issuer's keys are others now");
        }
        Ok(latest)
    }
}
