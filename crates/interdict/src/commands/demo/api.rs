//! The demonstration's client: plain HTTP requests, answers kept whole.

use std::time::{Duration, Instant};

use reqwest::header::HeaderMap;
use reqwest::{Client, Method, RequestBuilder};
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;

use crate::failure::Failure;

/// A client of one server.
#[derive(Debug)]
pub(super) struct Api {
    client: Client,
    base: String,
}

/// An answer.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) method: Method,
    pub(super) path: String,
    pub(super) status: u16,
    pub(super) headers: HeaderMap,
    /// The body as JSON; null where it is empty, a string where it is something else.
    pub(super) body: Value,
    pub(super) elapsed: Duration,
}

impl Answer {
    /// A header's text, empty where it is not there.
    pub(super) fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }

    /// The text at a JSON pointer, empty where there is none.
    pub(super) fn text(&self, pointer: &str) -> &str {
        self.body.pointer(pointer).and_then(Value::as_str).unwrap_or_default()
    }
}

impl Api {
    /// A client of the server at `base`. Proxies are for other addresses than loopback.
    pub(super) fn new(base: &str) -> Result<Self, Failure> {
        let client = Client::builder()
            .no_proxy()
            .tls_certs_only([])
            .timeout(Duration::from_secs(10))
            .build()
            .map_err(|error| Failure::failed(format!("cannot make an HTTP client: {error}")))?;
        Ok(Self { client, base: base.to_owned() })
    }

    /// A request with a bearer token and, where there is one, a JSON body.
    pub(super) async fn call(
        &self,
        method: Method,
        path: &str,
        token: &SecretString,
        body: Option<&Value>,
    ) -> Result<Answer, Failure> {
        self.call_if_match(method, path, token, body, None).await
    }

    /// The same, only if the action is still at this version.
    pub(super) async fn call_if_match(
        &self,
        method: Method,
        path: &str,
        token: &SecretString,
        body: Option<&Value>,
        etag: Option<&str>,
    ) -> Result<Answer, Failure> {
        let mut request = self.request(&method, path).bearer_auth(token.expose_secret());
        if let Some(body) = body {
            request = request.json(body);
        }
        if let Some(etag) = etag {
            request = request.header("If-Match", etag);
        }
        Self::send(request, method, path).await
    }

    /// Client credentials for a token.
    pub(super) async fn token(
        &self,
        path: &str,
        client_id: &str,
        secret: &SecretString,
    ) -> Result<Answer, Failure> {
        // A client id is a GUID, the secret base64url: nothing here needs escaping.
        let form = format!(
            "grant_type=client_credentials&client_id={client_id}&client_secret={}&scope=api%3A%2F%2Finterdict%2F.default",
            secret.expose_secret()
        );
        let request = self
            .request(&Method::POST, path)
            .header("Content-Type", "application/x-www-form-urlencoded")
            .body(form);
        Self::send(request, Method::POST, path).await
    }

    fn request(&self, method: &Method, path: &str) -> RequestBuilder {
        self.client
            .request(method.clone(), format!("{}{path}", self.base))
            .header("Accept", "application/json")
    }

    async fn send(request: RequestBuilder, method: Method, path: &str) -> Result<Answer, Failure> {
        let lost = |error: reqwest::Error| {
            Failure::failed(format!("{method} {path} got no answer: {}", error.without_url()))
        };
        let begun = Instant::now();
        let response = request.send().await.map_err(lost)?;
        let status = response.status().as_u16();
        let headers = response.headers().clone();
        let text = response.text().await.map_err(lost)?;
        let elapsed = begun.elapsed();
        let body = if text.is_empty() {
            Value::Null
        } else {
            serde_json::from_str(&text).unwrap_or(Value::String(text))
        };
        Ok(Answer { method, path: path.to_owned(), status, headers, body, elapsed })
    }
}
