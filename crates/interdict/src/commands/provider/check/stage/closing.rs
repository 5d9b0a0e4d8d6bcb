//! Leaving nothing behind: neither provider nor actions, nor anything in force.

use std::time::Instant;

use reqwest::Method;
use serde_json::{Value, json};

use super::{ACTIONS, LOOK, PATIENCE, Stage};
use crate::commands::provider::check::outcome::{Outcome, holds};

impl Stage<'_> {
    /// Cancels, carries out and undoes what is left, then removes it all.
    pub(in crate::commands::provider::check) async fn close(&self) -> Outcome {
        self.change(json!({ "enabled": true, "maxConcurrent": 100, "scope": "any", "appId": null })).await?;
        self.send(Method::POST, &self.at("/resume"), None).await?;
        let begun = Instant::now();
        let left = loop {
            for lease in self.leases.take() {
                self.filed.borrow_mut().push(lease.action().to_owned());
                self.report(&lease, "complete", Value::Null).await?;
            }
            let filed = self.filed.borrow().clone();
            for id in filed {
                for verb in ["cancel", "undo"] {
                    self.send(Method::POST, &format!("/api/v1/actions/{id}/{verb}"), None).await?;
                }
            }
            self.lease(100).await?;
            let removed = self.send(Method::DELETE, &self.at(""), None).await?;
            if removed.is_success() || begun.elapsed() > PATIENCE {
                break removed;
            }
            tokio::time::sleep(LOOK).await;
        };
        holds(left.is_success(), format!("cannot clean up: {}", left.text("/error/message")))?;
        self.remove_actions().await
    }

    /// Removes the actions. A holder hears of the end of its effect a little later.
    async fn remove_actions(&self) -> Outcome {
        let mut left = self.filed.take();
        let begun = Instant::now();
        while !left.is_empty() && begun.elapsed() < PATIENCE {
            let mut held = Vec::new();
            for id in left {
                let removed = self.send(Method::DELETE, &format!("{ACTIONS}/{id}"), None).await?;
                if removed.status == 409 {
                    held.push(id);
                }
            }
            left = held;
            tokio::time::sleep(LOOK).await;
        }
        holds(left.is_empty(), format!("cannot remove actions {left:?}"))
    }
}
