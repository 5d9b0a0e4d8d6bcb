//! What an answer of the server means to a provider.

use std::time::Duration;

use reqwest::{RequestBuilder, StatusCode};
use serde::de::DeserializeOwned;
use serde_json::Value;

/// Why a call brought nothing.
#[derive(Debug, thiserror::Error)]
pub(super) enum CallError {
    /// No answer, or none in HTTP.
    #[error("no answer: {0}")]
    Unreachable(String),
    /// The server cannot answer now.
    #[error("the server cannot answer now (status {status})")]
    Busy { status: u16, after: Option<Duration> },
    /// No token can be had, or none that the server takes.
    #[error("{0}")]
    Credentials(String),
    /// The lease is not ours any more.
    #[error("the lease is lost")]
    LeaseLost,
    /// The cursor is of a history that the server does not have any more.
    #[error("the cursor is gone")]
    Gone,
    /// The server refuses this call, and would again.
    #[error("status {status}, {code}: {message}")]
    Refused { status: u16, code: String, message: String },
}

impl CallError {
    /// Whether the same call may succeed later.
    pub(super) fn may_pass(&self) -> bool {
        matches!(self, Self::Unreachable(_) | Self::Busy { .. } | Self::Credentials(_))
    }

    /// How long the server asked to wait.
    pub(super) fn asked(&self) -> Option<Duration> {
        if let Self::Busy { after, .. } = self { *after } else { None }
    }
}

/// Sends a request and reads what the answer means.
pub(super) async fn send<T: DeserializeOwned>(request: RequestBuilder) -> Result<T, CallError> {
    let lost = |error: reqwest::Error| CallError::Unreachable(with_causes(&error.without_url()));
    let response = request.send().await.map_err(lost)?;
    let status = response.status();
    let after = response.headers().get("Retry-After").and_then(|value| value.to_str().ok()?.parse().ok());
    let body = response.bytes().await.map_err(lost)?;
    if status.is_success() {
        return serde_json::from_slice(&body).map_err(|error| CallError::Refused {
            status: status.as_u16(),
            code: "invalidAnswer".to_owned(),
            message: format!("the answer is not as expected: {error}"),
        });
    }
    Err(meaning(status, after.map(Duration::from_secs), &body))
}

fn meaning(status: StatusCode, after: Option<Duration>, body: &[u8]) -> CallError {
    let body: Value = serde_json::from_slice(body).unwrap_or_default();
    let text = |pointer: &str| body.pointer(pointer).and_then(Value::as_str).unwrap_or_default();
    match status.as_u16() {
        409 if text("/error/details/0/code") == "leaseLost" => CallError::LeaseLost,
        410 => CallError::Gone,
        408 | 429 | 500.. => CallError::Busy { status: status.as_u16(), after },
        status => CallError::Refused {
            status,
            code: text("/error/code").to_owned(),
            message: text("/error/message").to_owned(),
        },
    }
}

/// An error and what led to it: reqwest's own text alone does not say that nobody listens.
fn with_causes(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(deeper) = cause {
        let deeper_text = deeper.to_string();
        if !text.contains(&deeper_text) {
            text = format!("{text}: {deeper_text}");
        }
        cause = deeper.source();
    }
    text
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use serde_json::json;

    use super::*;

    #[test]
    fn an_answer_means_one_thing_to_a_provider() {
        let read = |status: u16, body: &Value| {
            meaning(StatusCode::from_u16(status).unwrap(), None, body.to_string().as_bytes())
        };
        let lost = json!({"error": {"code": "conflict", "details": [{"code": "leaseLost"}]}});
        assert!(matches!(read(409, &lost), CallError::LeaseLost));
        assert!(matches!(read(409, &json!({"error": {"code": "conflict"}})), CallError::Refused { .. }));
        assert!(matches!(read(410, &Value::Null), CallError::Gone));
        for status in [408, 429, 500, 502, 503, 504] {
            assert!(read(status, &Value::Null).may_pass(), "{status}");
        }
        let refused = read(403, &json!({"error": {"code": "accessDenied", "message": "no"}}));
        assert!(!refused.may_pass());
        assert_eq!(refused.to_string(), "status 403, accessDenied: no");
    }
}
