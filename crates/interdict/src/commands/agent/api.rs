//! Calls to the server, one method each.

use std::path::Path;
use std::time::Duration;

use reqwest::{Certificate, Client, Method, Url, redirect};
use secrecy::ExposeSecret as _;
use serde::de::{DeserializeOwned, IgnoredAny};
use serde_json::{Value, json};

use super::answer::{CallError, send};
use super::config::AgentSettings;
use super::credentials::Credentials;
use super::wire::{Directive, EffectsPage, Lease, Listed, Provider, Renewed};
use crate::failure::Failure;

/// How long the server may keep a call for leases waiting, in seconds.
const WAIT_SECONDS: u32 = 20;
/// For any call, beyond what it asks the server to wait.
const PATIENCE: Duration = Duration::from_secs(30);

/// A client of one server.
#[derive(Debug)]
pub(super) struct Api {
    client: Client,
    server: Url,
    credentials: Credentials,
    instance_id: String,
    lease_seconds: u64,
}

impl Api {
    /// Speaks to nobody yet.
    pub(super) fn new(settings: &AgentSettings) -> Result<Self, Failure> {
        let mut client = Client::builder()
            .user_agent(concat!("interdict-agent/", env!("CARGO_PKG_VERSION")))
            .connect_timeout(PATIENCE)
            // A token goes where the operator said and nowhere else.
            .redirect(redirect::Policy::none());
        if settings.url.scheme() == "http" {
            client = client.no_proxy();
        }
        if let Some(ca) = &settings.ca {
            client = client.tls_certs_only(authorities(ca)?);
        }
        let client = client
            .build()
            .map_err(|error| Failure::failed(format!("cannot make an HTTP client: {error}")))?;
        Ok(Self {
            client,
            server: settings.url.clone(),
            credentials: Credentials::new(settings.token.clone()),
            instance_id: settings.instance_id.clone(),
            lease_seconds: settings.lease.as_secs(),
        })
    }

    /// Every registered provider.
    pub(super) async fn providers(&self) -> Result<Vec<Provider>, CallError> {
        let list: Listed<Provider> = self.call(Method::GET, &["providers"], &[], None, PATIENCE).await?;
        Ok(list.value)
    }

    /// Claims up to `max` actions; waits a while for the first.
    pub(super) async fn lease(&self, provider: &str, max: usize) -> Result<Vec<Lease>, CallError> {
        let body = json!({
            "max": max,
            "waitSeconds": WAIT_SECONDS,
            "leaseSeconds": self.lease_seconds,
            "instanceId": self.instance_id,
        });
        let patience = PATIENCE + Duration::from_secs(WAIT_SECONDS.into());
        let path = ["providers", provider, "leases"];
        let list: Listed<Lease> = self.call(Method::POST, &path, &[], Some(&body), patience).await?;
        Ok(list.value)
    }

    /// Extends the lease.
    pub(super) async fn renew(&self, lease: &Lease) -> Result<Directive, CallError> {
        let body = json!({"fence": lease.fence, "leaseSeconds": self.lease_seconds});
        // The next attempt must still come in time.
        let patience = PATIENCE.min(Duration::from_secs(self.lease_seconds) / 3);
        let path = ["leases", &lease.lease_id, "renew"];
        let renewed: Renewed = self.call(Method::POST, &path, &[], Some(&body), patience).await?;
        Ok(renewed.directive)
    }

    /// Ends the lease: `verb` is `complete`, `fail` or `release`.
    pub(super) async fn end(&self, lease: &Lease, verb: &str, body: &Value) -> Result<(), CallError> {
        let path = ["leases", &lease.lease_id, verb];
        let _: IgnoredAny = self.call(Method::POST, &path, &[], Some(body), PATIENCE).await?;
        Ok(())
    }

    /// The provider's desired state: all of it, or what changed since `cursor`.
    pub(super) async fn effects(
        &self,
        provider: &str,
        cursor: Option<&str>,
    ) -> Result<EffectsPage, CallError> {
        let query: Vec<(&str, &str)> = cursor.map(|cursor| ("cursor", cursor)).into_iter().collect();
        self.call(Method::GET, &["providers", provider, "effects"], &query, None, PATIENCE).await
    }

    async fn call<T: DeserializeOwned>(
        &self,
        method: Method,
        path: &[&str],
        query: &[(&str, &str)],
        body: Option<&Value>,
        patience: Duration,
    ) -> Result<T, CallError> {
        let mut url = address(&self.server, &[&["api", "v1"], path].concat());
        if !query.is_empty() {
            url.query_pairs_mut().extend_pairs(query);
        }
        let once = async || {
            let token = self.credentials.token(&self.client, &self.server).await?;
            let mut request = self.client.request(method.clone(), url.clone()).timeout(patience);
            request = request.bearer_auth(token.expose_secret());
            send(if let Some(body) = body { request.json(body) } else { request }).await
        };
        match once().await {
            // The key may have been changed, or the app's secret: once more with a fresh token.
            Err(CallError::Refused { status: 401, .. }) => {
                self.credentials.forget().await;
                match once().await {
                    Err(CallError::Refused { status: 401, message, .. }) => {
                        Err(CallError::Credentials(format!("the server refused the token: {message}")))
                    }
                    answer => answer,
                }
            }
            answer => answer,
        }
    }
}

fn authorities(path: &Path) -> Result<Vec<Certificate>, Failure> {
    let wrong = |error: &dyn std::fmt::Display| {
        Failure::usage(format!("cannot read the authorities `{}`: {error}", path.display()))
    };
    let text = std::fs::read(path).map_err(|error| wrong(&error))?;
    match Certificate::from_pem_bundle(&text) {
        Ok(certificates) if certificates.is_empty() => Err(wrong(&"there is no certificate in it")),
        outcome => outcome.map_err(|error| wrong(&error)),
    }
}

/// The address below the server's, each segment escaped.
pub(super) fn address(server: &Url, path: &[&str]) -> Url {
    let mut url = server.clone();
    if let Ok(mut segments) = url.path_segments_mut() {
        segments.pop_if_empty().extend(path);
    }
    url
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;

    #[test]
    fn segments_are_escaped_below_whatever_the_servers_address_is() {
        for (server, expected) in [
            ("https://a.example", "https://a.example/api/v1/x%2Fy%3F"),
            ("https://a.example/base", "https://a.example/base/api/v1/x%2Fy%3F"),
        ] {
            assert_eq!(address(&server.parse().unwrap(), &["api", "v1", "x/y?"]).as_str(), expected);
        }
    }
}
