//! The client of a server: requests with a bearer token, answers kept whole. Commands that speak to a running server
//! share it, and the demonstration.

mod answer;
mod flags;

use std::time::{Duration, Instant};

use reqwest::{Certificate, Method, RequestBuilder, Url, redirect};
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;

pub(crate) use answer::{Answer, text};
pub(crate) use flags::{HEADING, ServerFlags, token_in};

use self::flags::is_loopback;
use crate::failure::Failure;

/// How long an answer may take, beyond what the request itself asks to wait.
const PATIENCE: Duration = Duration::from_secs(30);
/// What a path segment is left as; everything else is percent-encoded.
const UNRESERVED: &[u8] = b"-._~";

/// A client of one server.
#[derive(Clone, Debug)]
pub(crate) struct Client {
    http: reqwest::Client,
    base: String,
    token: Option<SecretString>,
}

/// One request beyond its method and path.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Asked<'a> {
    /// The JSON body.
    pub(crate) body: Option<&'a Value>,
    /// Headers beside those that every request has.
    pub(crate) headers: &'a [(&'a str, &'a str)],
    /// How long the server is asked to wait before it answers.
    pub(crate) wait: Duration,
}

impl Client {
    /// A client of the server at `base`, without a token.
    pub(crate) fn new(base: &str) -> Result<Self, Failure> {
        Self::trusting(base, None)
    }

    /// The same, trusting these authorities instead of the system's.
    fn trusting(base: &str, authorities: Option<Vec<Certificate>>) -> Result<Self, Failure> {
        // A token goes where somebody said and nowhere else.
        let mut builder = reqwest::Client::builder().redirect(redirect::Policy::none());
        if base.starts_with("http:") {
            // Reading the machine's root certificates takes longer than all the rest.
            builder = builder.tls_certs_only([]);
        } else if let Some(authorities) = authorities {
            builder = builder.tls_certs_only(authorities);
        }
        if is_loopback(base) {
            builder = builder.no_proxy();
        }
        let http = builder
            .build()
            .map_err(|error| Failure::failed(format!("cannot make an HTTP client: {error}")))?;
        Ok(Self { http, base: base.to_owned(), token: None })
    }

    /// The same client, asking with that token.
    pub(crate) fn with_token(&self, token: SecretString) -> Self {
        Self { token: Some(token), ..self.clone() }
    }

    /// Sends a request; any answer is one.
    ///
    /// # Errors
    /// Where there is no answer.
    pub(crate) async fn send(&self, method: Method, path: &str, asked: Asked<'_>) -> Result<Answer, Failure> {
        let mut request = self.request(&method, path).timeout(PATIENCE + asked.wait);
        for (name, value) in asked.headers {
            request = request.header(*name, *value);
        }
        if let Some(body) = asked.body {
            request = request.json(body);
        }
        self.finish(request, method, path).await
    }

    /// Sends a request that must succeed.
    ///
    /// # Errors
    /// Where there is no answer, or it is a refusal.
    pub(crate) async fn call(
        &self,
        method: Method,
        path: &str,
        body: Option<&Value>,
    ) -> Result<Answer, Failure> {
        self.send(method, path, Asked { body, ..Asked::default() }).await?.accepted()
    }

    /// Reads what must be there.
    ///
    /// # Errors
    /// As [`Client::call`].
    pub(crate) async fn get(&self, path: &str) -> Result<Value, Failure> {
        Ok(self.call(Method::GET, path, None).await?.body)
    }

    /// Sends what must succeed; what is answered.
    ///
    /// # Errors
    /// As [`Client::call`].
    pub(crate) async fn post(&self, path: &str, body: &Value) -> Result<Value, Failure> {
        Ok(self.call(Method::POST, path, Some(body)).await?.body)
    }

    /// The path and query of a link that this server gave, such as to the next page; `None` where there is none.
    pub(crate) fn next_path(&self, link: &str) -> Option<String> {
        let url = Url::parse(link).ok()?;
        let rooted = Url::parse(&self.base).ok()?;
        // The server may go by another name than ours, and its path has the prefix that our base has.
        let path = url.path().strip_prefix(rooted.path().trim_end_matches('/'))?;
        Some(url.query().map_or_else(|| path.to_owned(), |query| format!("{path}?{query}")))
    }

    /// Sends a form, as token endpoints take it.
    ///
    /// # Errors
    /// Where there is no answer.
    pub(crate) async fn send_form(&self, path: &str, form: String) -> Result<Answer, Failure> {
        let request = self
            .request(&Method::POST, path)
            .timeout(PATIENCE)
            .header("Content-Type", "application/x-www-form-urlencoded")
            .body(form);
        self.finish(request, Method::POST, path).await
    }

    fn request(&self, method: &Method, path: &str) -> RequestBuilder {
        let request = self.http.request(method.clone(), format!("{}{path}", self.base));
        let request = request.header("Accept", "application/json");
        match &self.token {
            Some(token) => request.bearer_auth(token.expose_secret()),
            None => request,
        }
    }

    async fn finish(&self, request: RequestBuilder, method: Method, path: &str) -> Result<Answer, Failure> {
        let lost = |error: reqwest::Error| {
            let connecting = error.is_connect();
            let cause = deepest(&error.without_url());
            let failure = Failure::failed(format!("{} gave no answer: {cause}", self.base));
            match connecting {
                true => failure.hint("is the server running? --url or INTERDICT_URL says where it is"),
                false => failure,
            }
        };
        let begun = Instant::now();
        let response = request.send().await.map_err(lost)?;
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let text = response.text().await.map_err(lost)?;
        let elapsed = begun.elapsed();
        Ok(Answer { method, path: path.to_owned(), status, headers, body: json(text), elapsed })
    }
}

fn json(text: String) -> Value {
    if text.is_empty() { Value::Null } else { serde_json::from_str(&text).unwrap_or(Value::String(text)) }
}

/// What is really wrong: the innermost of the causes.
fn deepest(error: &dyn std::error::Error) -> String {
    let mut cause = error;
    while let Some(inner) = cause.source() {
        cause = inner;
    }
    cause.to_string()
}

/// A text as one segment of a path, or one value of a query.
pub(crate) fn escaped(text: &str) -> String {
    let keep = |byte: u8| byte.is_ascii_alphanumeric() || UNRESERVED.contains(&byte);
    let escape = |byte: u8| if keep(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") };
    text.bytes().map(escape).collect()
}
