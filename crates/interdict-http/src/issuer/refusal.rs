//! Why the issuer gives no token: RFC 6749, 5.2, with the members that Entra adds and its clients show.

use axum::Json;
use axum::response::{IntoResponse, Response};
use http::{HeaderValue, StatusCode, header};
use interdict_model::Timestamp;
use serde_json::json;

use crate::RequestIds;

/// Why the issuer gives no token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Refusal {
    /// The built-in issuer is switched off.
    NoIssuer,
    /// The path's tenant is no GUID.
    Tenant,
    /// A member of the form is missing.
    Missing(&'static str),
    /// The body is no form, or says something twice.
    Malformed(&'static str),
    /// The body is larger than a form needs.
    TooLarge,
    /// The body came too slowly.
    TooSlow,
    /// Another grant than client credentials.
    Grant,
    /// A scope that does not end in `/.default`.
    Scope,
    /// An unknown client or a wrong secret.
    Client,
    /// The store cannot be read now.
    Unavailable,
    /// A fault of ours; the reason is for the log.
    Server(String),
}

struct Row {
    status: StatusCode,
    error: &'static str,
    number: u32,
    text: String,
}

impl Refusal {
    fn row(&self) -> Row {
        let (status, error, number, text) = match self {
            Self::NoIssuer => (
                StatusCode::NOT_FOUND,
                "invalid_request",
                90_024,
                "The built-in issuer is switched off: ask the issuer that this server is configured with.".to_owned(),
            ),
            Self::Tenant => (
                StatusCode::BAD_REQUEST,
                "invalid_tenant",
                900_023,
                "The tenant in the path is no GUID: `bootstrap.json` has it as `tenantId`.".to_owned(),
            ),
            Self::Missing(name) => (
                StatusCode::BAD_REQUEST,
                "invalid_request",
                900_144,
                format!("The request body must contain the following parameter: '{name}'."),
            ),
            Self::Malformed(what) => (StatusCode::BAD_REQUEST, "invalid_request", 900_144, (*what).to_owned()),
            Self::TooLarge => (
                StatusCode::PAYLOAD_TOO_LARGE,
                "invalid_request",
                90_015,
                "The request body is larger than 16 KiB.".to_owned(),
            ),
            Self::TooSlow => (
                StatusCode::REQUEST_TIMEOUT,
                "invalid_request",
                90_015,
                "The request body took too long to arrive.".to_owned(),
            ),
            Self::Grant => (
                StatusCode::BAD_REQUEST,
                "unsupported_grant_type",
                70_003,
                "The built-in issuer knows the grant 'client_credentials' alone; `interdict token` mints others."
                    .to_owned(),
            ),
            Self::Scope => (
                StatusCode::BAD_REQUEST,
                "invalid_scope",
                1_002_012,
                "The value of scope must end in '/.default', as in 'api://interdict/.default'.".to_owned(),
            ),
            Self::Client => (
                StatusCode::UNAUTHORIZED,
                "invalid_client",
                7_000_215,
                "The client is not known in this tenant, or its secret is wrong: `interdict app list` shows the \
                 clients, `interdict app rotate` makes a new secret."
                    .to_owned(),
            ),
            Self::Unavailable => (
                StatusCode::SERVICE_UNAVAILABLE,
                "temporarily_unavailable",
                90_033,
                "The store cannot be read now; send the request again.".to_owned(),
            ),
            Self::Server(_) => (
                StatusCode::INTERNAL_SERVER_ERROR,
                "server_error",
                90_033,
                "The server failed; its log has the cause under the trace id.".to_owned(),
            ),
        };
        Row { status, error, number, text }
    }

    /// The answer.
    pub(super) fn into_response(self, ids: Option<&RequestIds>, now: Timestamp) -> Response {
        if let Self::Server(reason) = &self {
            let id = ids.map(|ids| tracing::field::display(ids.request));
            tracing::error!(request.id = id, reason, "no token could be made");
        }
        let Row { status, error, number, text } = self.row();
        let trace = ids.map_or("", RequestIds::request_text);
        let correlation = ids.map_or("", RequestIds::client_text);
        let date = now.to_string();
        let seconds = date.get(..19).unwrap_or(&date).replace('T', " ");
        let body = json!({
            "error": error,
            "error_description": format!(
                "AADSTS{number}: {text} Trace ID: {trace} Correlation ID: {correlation} Timestamp: {seconds}Z"
            ),
            "error_codes": [number],
            "timestamp": format!("{seconds}Z"),
            "trace_id": trace,
            "correlation_id": correlation,
        });
        let mut response = (status, Json(body)).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        if status == StatusCode::UNAUTHORIZED {
            headers.insert(
                header::WWW_AUTHENTICATE,
                HeaderValue::from_static(r#"Basic realm="interdict", charset="UTF-8""#),
            );
        }
        if status == StatusCode::SERVICE_UNAVAILABLE {
            headers.insert(header::RETRY_AFTER, HeaderValue::from_static("1"));
        }
        response
    }
}
