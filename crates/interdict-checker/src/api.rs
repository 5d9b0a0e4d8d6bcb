//! A node, as one tenant sees it, and what its answers say of a request: that it was done, that it was refused, or that
//! nobody knows.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use anyhow::{Context, Result};
use reqwest::{Client, Method, RequestBuilder};
use serde_json::Value;

use crate::log::Event;

/// Where actions are.
pub(crate) const ACTIONS: &str = "/v1.0/security/securityActions";
/// After a refusal: sooner than clients are told, so that it is seen when writes are taken again.
pub(crate) const PAUSE: Duration = Duration::from_millis(250);
/// No request may take longer: a commit is given 5 s, its outcome is asked for during 30 s, and a batch decided anew.
const PATIENCE: Duration = Duration::from_secs(45);
/// Which waits a client may be told.
const RETRY_AFTER: std::ops::Range<u64> = 1..180;

/// A node, as one tenant sees it.
#[derive(Clone, Debug)]
pub struct Api {
    client: Client,
    url: String,
    token: String,
    outages: Outages,
}

/// How often a node went away and came back: an odd number while it is away. Only then may connections to it break.
#[derive(Clone, Debug, Default)]
pub struct Outages(Arc<AtomicUsize>);

impl Outages {
    /// Of a node of which nobody says when it is away: it may be at any time.
    #[must_use]
    pub fn untold() -> Self {
        Self(Arc::new(1.into()))
    }

    /// It goes away, or is back.
    pub(crate) fn turn(&self) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }

    fn count(&self) -> usize {
        self.0.load(Ordering::SeqCst)
    }

    /// Whether it was away at any time since there were `before` of them.
    fn any_since(&self, before: usize) -> bool {
        before % 2 == 1 || self.count() != before
    }
}

/// An answer, as far as it matters here.
#[derive(Debug)]
pub(crate) struct Told {
    pub(crate) event: Event,
    /// 0 where there was none.
    pub(crate) status: u16,
    pub(crate) etag: String,
    pub(crate) body: Value,
    /// Why it is none that a client may get.
    pub(crate) fault: String,
}

impl Told {
    fn nothing(fault: String) -> Self {
        Self { event: Event::Unknown, status: 0, etag: String::new(), body: Value::Null, fault }
    }

    /// The id of what was answered.
    pub(crate) fn id(&self) -> String {
        text(&self.body, "/id")
    }
}

impl Api {
    /// The node at `url`, for who has the token.
    ///
    /// # Errors
    /// Where there is no client to be had.
    pub fn new(url: &str, token: String, outages: Outages) -> Result<Self> {
        let client = Client::builder().no_proxy().tls_certs_only([]).timeout(PATIENCE).build()?;
        Ok(Self { client, url: url.to_owned(), token, outages })
    }

    fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.client.request(method, format!("{}{path}", self.url)).bearer_auth(&self.token)
    }

    pub(crate) async fn get(&self, path: &str) -> Result<Value> {
        let answer = self.request(Method::GET, path).send().await?;
        let status = answer.status();
        let text = answer.text().await?;
        anyhow::ensure!(status.is_success(), "GET {path} answered {status}: {text}");
        serde_json::from_str(&text).with_context(|| format!("GET {path} answered no JSON"))
    }

    /// Everything in a list, page by page.
    pub(crate) async fn list(&self, path: &str) -> Result<Vec<Value>> {
        let mut all = Vec::new();
        let mut next = Some(path.to_owned());
        while let Some(path) = next {
            let mut page = self.get(&path).await?;
            let values = page.get_mut("value").map(Value::take);
            let Some(Value::Array(values)) = values else { anyhow::bail!("a page without `value`") };
            all.extend(values);
            // As Graph's face has it, or as the native one does.
            let link = page.get("@odata.nextLink").or_else(|| page.get("nextLink")).and_then(Value::as_str);
            // The link names the host that was asked.
            next = link.map(|link| link.strip_prefix(&self.url).unwrap_or(link).to_owned());
        }
        Ok(all)
    }

    /// Sends a request and reads what its answer says of it.
    pub(crate) async fn tell(&self, method: Method, path: &str, body: Option<&Value>) -> Told {
        let before = self.outages.count();
        let request = self.request(method, path);
        let request = if let Some(body) = body { request.json(body) } else { request };
        hear(request).await.unwrap_or_else(|error| {
            let may_break = self.outages.any_since(before);
            Told::nothing(if may_break { String::new() } else { format!("no answer: {error:?}") })
        })
    }
}

/// The text at a JSON pointer; empty where there is none.
pub(crate) fn text(value: &Value, pointer: &str) -> String {
    value.pointer(pointer).and_then(Value::as_str).unwrap_or_default().to_owned()
}

async fn hear(request: RequestBuilder) -> reqwest::Result<Told> {
    let answer = request.send().await?;
    let status = answer.status().as_u16();
    let header = |name: &str| {
        answer.headers().get(name).and_then(|it| it.to_str().ok()).unwrap_or_default().to_owned()
    };
    let (etag, retry_after) = (header("etag"), header("retry-after").parse::<u64>().ok());
    let given = answer.text().await?;
    let body: Value = serde_json::from_str(&given).unwrap_or_default();
    let code = |pointer| text(&body, pointer);
    let (event, fault) = match status {
        200..=299 => (Event::Ok, String::new()),
        503 if retry_after.is_some_and(|wait| RETRY_AFTER.contains(&wait)) => (Event::Fail, String::new()),
        503 => (Event::Fail, format!("503 with Retry-After {retry_after:?}")),
        // What a provider is told whose claim is over.
        409 if ["leaseLost", "alreadyFinal"].contains(&code("/error/details/0/code").as_str()) => {
            (Event::Fail, String::new())
        }
        500 if code("/error/code") == "outcomeUnknown" => (Event::Unknown, String::new()),
        _ => (Event::Unknown, format!("{status} {given}")),
    };
    Ok(Told { event, status, etag, body, fault })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_connection_may_break_only_where_its_node_was_away() {
        let outages = Outages::default();
        let before = outages.count();
        assert!(!outages.any_since(before));
        outages.turn();
        assert!(outages.any_since(before) && outages.any_since(outages.count()), "it is away");
        outages.turn();
        assert!(outages.any_since(before), "it was away meanwhile");
        assert!(!outages.any_since(outages.count()), "it is back");
    }
}
