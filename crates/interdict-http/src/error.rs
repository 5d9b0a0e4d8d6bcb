//! The one table from errors to Graph's error body.
//!
//! Every layer answers through [`GraphError`], so that an SDK can read each refusal: a wrong route, an oversized
//! body, a panic. The matches are exhaustive: a new error does not compile until it has its row here and in
//! `docs/reference/errors.md`.

mod from;

use axum::body::Body;
use axum::response::Response;
use http::{HeaderName, HeaderValue, StatusCode, header};
use interdict_model::Timestamp;
use serde::Serialize;

/// The kinds of error: one HTTP status and one `error.code` each.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ErrorKind {
    /// The request is wrong as it stands.
    BadRequest,
    /// No token, or one that is not accepted.
    Unauthenticated,
    /// The token lacks a permission.
    Forbidden,
    /// The token can never be enough: a personal account, or no permissions at all.
    AccessDenied,
    /// No such resource, for this caller.
    NotFound,
    /// The resource does not take this method.
    MethodNotAllowed,
    /// `Accept` names nothing that can be sent.
    NotAcceptable,
    /// The client was too slow to send its request.
    RequestTimeout,
    /// The request contradicts what is stored.
    Conflict,
    /// A request of the same batch, which this one depends on, failed.
    FailedDependency,
    /// What a token goes on from is not known any more: all must be read anew.
    Gone,
    /// `If-Match` named another version.
    PreconditionFailed,
    /// The body is over its limit.
    BodyTooLarge,
    /// The address is over its limit.
    UriTooLong,
    /// The body's type, charset or coding is not understood.
    UnsupportedMediaType,
    /// An idempotency key was used before with another body.
    KeyReused,
    /// The header section is over its limit.
    HeadersTooLarge,
    /// A fault of ours.
    Internal,
    /// The commit's answer was lost.
    OutcomeUnknown,
    /// Nothing happened; try again later.
    Unavailable,
    /// Nothing happened; the disk is full.
    NoSpace,
}

impl ErrorKind {
    /// Every kind.
    pub const ALL: [Self; 21] = [
        Self::BadRequest,
        Self::Unauthenticated,
        Self::Forbidden,
        Self::AccessDenied,
        Self::NotFound,
        Self::MethodNotAllowed,
        Self::NotAcceptable,
        Self::RequestTimeout,
        Self::Conflict,
        Self::FailedDependency,
        Self::Gone,
        Self::PreconditionFailed,
        Self::BodyTooLarge,
        Self::UriTooLong,
        Self::UnsupportedMediaType,
        Self::KeyReused,
        Self::HeadersTooLarge,
        Self::Internal,
        Self::OutcomeUnknown,
        Self::Unavailable,
        Self::NoSpace,
    ];

    /// The HTTP status and `error.code`.
    const fn row(self) -> (StatusCode, &'static str) {
        match self {
            Self::BadRequest => (StatusCode::BAD_REQUEST, "BadRequest"),
            Self::Unauthenticated => (StatusCode::UNAUTHORIZED, "InvalidAuthenticationToken"),
            Self::Forbidden => (StatusCode::FORBIDDEN, "Forbidden"),
            Self::AccessDenied => (StatusCode::FORBIDDEN, "AccessDenied"),
            Self::NotFound => (StatusCode::NOT_FOUND, "ResourceNotFound"),
            Self::MethodNotAllowed => (StatusCode::METHOD_NOT_ALLOWED, "MethodNotAllowed"),
            Self::NotAcceptable => (StatusCode::NOT_ACCEPTABLE, "notAcceptable"),
            Self::RequestTimeout => (StatusCode::REQUEST_TIMEOUT, "RequestTimeout"),
            Self::Conflict => (StatusCode::CONFLICT, "Conflict"),
            Self::FailedDependency => (StatusCode::FAILED_DEPENDENCY, "FailedDependency"),
            Self::Gone => (StatusCode::GONE, "syncStateNotFound"),
            Self::PreconditionFailed => (StatusCode::PRECONDITION_FAILED, "PreconditionFailed"),
            Self::BodyTooLarge => (StatusCode::PAYLOAD_TOO_LARGE, "RequestEntityTooLarge"),
            Self::UriTooLong => (StatusCode::URI_TOO_LONG, "UriTooLong"),
            Self::UnsupportedMediaType => (StatusCode::UNSUPPORTED_MEDIA_TYPE, "UnsupportedMediaType"),
            Self::KeyReused => (StatusCode::UNPROCESSABLE_ENTITY, "idempotencyKeyReused"),
            Self::HeadersTooLarge => {
                (StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE, "RequestHeaderFieldsTooLarge")
            }
            Self::Internal => (StatusCode::INTERNAL_SERVER_ERROR, "InternalServerError"),
            Self::OutcomeUnknown => (StatusCode::INTERNAL_SERVER_ERROR, "outcomeUnknown"),
            Self::Unavailable => (StatusCode::SERVICE_UNAVAILABLE, "ServiceUnavailable"),
            Self::NoSpace => (StatusCode::INSUFFICIENT_STORAGE, "InsufficientStorage"),
        }
    }

    /// The HTTP status.
    #[must_use]
    pub const fn status(self) -> StatusCode {
        self.row().0
    }

    /// `error.code`.
    #[must_use]
    pub const fn code(self) -> &'static str {
        self.row().1
    }
}

/// One entry of `error.details`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Detail {
    /// What kind of fault.
    pub code: &'static str,
    /// What is wrong and how to mend it.
    pub message: String,
    /// A member of the body, a query option or a header.
    pub target: String,
    /// Where the fault starts in a query option: 0-based, in characters of the decoded value.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub position: Option<usize>,
}

/// An answer that is an error.
#[derive(Clone, Debug)]
pub struct GraphError {
    /// The kind: status and code.
    pub kind: ErrorKind,
    /// What is wrong and how to mend it.
    pub message: String,
    /// Each fault.
    pub details: Vec<Detail>,
    /// Why, for the log alone: it is written there once, under the request's id.
    pub cause: Option<String>,
    /// Headers of the answer, such as `Allow`, `Retry-After`, `WWW-Authenticate`.
    pub headers: Vec<(HeaderName, HeaderValue)>,
}

/// The result of anything that answers a request.
pub type GraphResult<T = Response> = Result<T, Box<GraphError>>;

impl GraphError {
    /// An error of this kind.
    #[must_use]
    pub fn new(kind: ErrorKind, message: impl Into<String>) -> Box<Self> {
        Box::new(Self {
            kind,
            message: message.into(),
            details: Vec::new(),
            cause: None,
            headers: Vec::new(),
        })
    }

    /// A 400 with one detail, whose message is also the error's.
    #[must_use]
    pub fn bad_request(
        code: &'static str,
        target: impl Into<String>,
        message: impl Into<String>,
    ) -> Box<Self> {
        let message = message.into();
        let mut error = Self::new(ErrorKind::BadRequest, message.clone());
        error.details.push(Detail { code, message, target: target.into(), position: None });
        error
    }

    /// The same error with its cause, for the log.
    #[must_use]
    pub fn because(mut self: Box<Self>, cause: impl Into<String>) -> Box<Self> {
        self.cause = Some(cause.into());
        self
    }

    /// The same error with one more header.
    #[must_use]
    pub fn with_header(mut self: Box<Self>, name: HeaderName, value: HeaderValue) -> Box<Self> {
        self.headers.push((name, value));
        self
    }

    /// The answer: Graph's error body, with the ids of the request that was refused.
    #[must_use]
    pub fn into_response(self, request_id: &str, client_request_id: &str, now: Timestamp) -> Response {
        let shown = now.to_string();
        let body = ErrorBody {
            error: ErrorText {
                code: self.kind.code(),
                message: &self.message,
                details: &self.details,
                inner: InnerError {
                    // Without fraction and zone, as Graph writes it.
                    date: shown.get(..19).unwrap_or(&shown),
                    request_id,
                    client_request_id,
                },
            },
        };
        // Strings alone: cannot fail to serialise.
        let text = serde_json::to_vec(&body).unwrap_or_default();
        let mut response = Response::new(Body::from(text));
        *response.status_mut() = self.kind.status();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
        for (name, value) in self.headers {
            headers.append(name, value);
        }
        response
    }
}

#[derive(Serialize)]
struct ErrorBody<'a> {
    error: ErrorText<'a>,
}

#[derive(Serialize)]
struct ErrorText<'a> {
    code: &'static str,
    message: &'a str,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    details: &'a [Detail],
    #[serde(rename = "innerError")]
    inner: InnerError<'a>,
}

#[derive(Serialize)]
struct InnerError<'a> {
    date: &'a str,
    #[serde(rename = "request-id")]
    request_id: &'a str,
    #[serde(rename = "client-request-id")]
    client_request_id: &'a str,
}
