//! Leases as a provider sees them: asking for work, and reporting on it.

use std::time::Duration;

use reqwest::Method;
use serde_json::{Value, json};

use crate::client::{Answer, Asked, Client, text};
use crate::commands::server::{Members, items};
use crate::failure::Failure;

/// A request for work.
#[derive(Clone, Copy, Debug)]
pub(super) struct Ask {
    /// Actions at the most.
    pub(super) max: usize,
    /// How long the server may wait for work, in seconds.
    pub(super) wait: u64,
    /// How long each lease is to hold, in seconds.
    pub(super) lease: u64,
    /// Which member of the provider asks.
    pub(super) member: Option<&'static str>,
}

/// A claim on one action.
#[derive(Clone, Debug)]
pub(super) struct Lease(pub(super) Value);

impl Lease {
    /// The number that grows with each hand-out.
    pub(super) fn fence(&self) -> i64 {
        self.0.get("fence").and_then(Value::as_i64).unwrap_or_default()
    }

    /// How often the action was handed out.
    pub(super) fn attempt(&self) -> u64 {
        self.0.get("attempt").and_then(Value::as_u64).unwrap_or_default()
    }

    /// The text at a JSON pointer, empty where there is none.
    pub(super) fn text(&self, pointer: &str) -> &str {
        text(&self.0, pointer)
    }

    /// The action's id.
    pub(super) fn action(&self) -> &str {
        self.text("/action/id")
    }

    /// Reports on it; any answer is one. `members` stand beside the fence, or in its place.
    pub(super) async fn report(
        &self,
        client: &Client,
        verb: &str,
        members: Value,
    ) -> Result<Answer, Failure> {
        let mut body = json!({ "fence": self.fence() });
        if let (Some(body), Value::Object(members)) = (body.as_object_mut(), members) {
            body.extend(members);
        }
        let path = format!("/api/v1/leases/{}/{verb}", self.text("/leaseId"));
        client.send(Method::POST, &path, Asked { body: Some(&body), ..Asked::default() }).await
    }
}

/// Asks for work; any answer is one.
pub(super) async fn ask(client: &Client, provider: &str, ask: Ask) -> Result<Answer, Failure> {
    let mut body = Members::default();
    body.put("max", Some(ask.max));
    body.put("waitSeconds", Some(ask.wait));
    body.put("leaseSeconds", Some(ask.lease));
    body.put("instanceId", ask.member);
    let body = body.into_value();
    let path = format!("/api/v1/providers/{provider}/leases");
    let asked = Asked { body: Some(&body), wait: Duration::from_secs(ask.wait), ..Asked::default() };
    client.send(Method::POST, &path, asked).await
}

/// Takes what is given; a refusal is a failure.
pub(super) async fn take(client: &Client, provider: &str, asked: Ask) -> Result<Vec<Lease>, Failure> {
    let answer = ask(client, provider, asked).await?.accepted()?;
    Ok(items(&answer.body).cloned().map(Lease).collect())
}
