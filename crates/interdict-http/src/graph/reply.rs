//! Answers that are no error.

use std::fmt::Write as _;

use axum::body::Body;
use axum::response::Response;
use bytes::Bytes;
use http::{HeaderName, HeaderValue, StatusCode, header};
use interdict_model::Version;

use crate::extract::media::{JsonForm, Metadata};
use crate::extract::prefer::{Preferences, Return};

const ODATA_VERSION: HeaderName = HeaderName::from_static("odata-version");
const ODATA_ENTITY_ID: HeaderName = HeaderName::from_static("odata-entityid");
pub(super) const PREFERENCE_APPLIED: HeaderName = HeaderName::from_static("preference-applied");
// Constants are checked when they are compiled, and not at each answer.
const NO_CACHE: HeaderValue = HeaderValue::from_static("no-cache");
const VERSION_4: HeaderValue = HeaderValue::from_static("4.0");
/// Header lines that most answers have in the end: space for them is made once.
const HEADER_LINES: usize = 12;
/// Bytes of the longest entity tag: an epoch of 32 bits and a sequence of 63.
const ETAG_BYTES: usize = 32;
const PLAIN: HeaderValue = HeaderValue::from_static("text/plain");
const PLAIN_UTF8: HeaderValue = HeaderValue::from_static("text/plain;charset=utf-8");

/// A JSON answer.
pub(super) fn json(status: StatusCode, body: Bytes, form: JsonForm) -> Response {
    with_body(status, body, content_type(form))
}

/// What was asked for, and what is always so.
const fn content_type(form: JsonForm) -> HeaderValue {
    macro_rules! json {
        ($metadata:literal, $strings:literal) => {
            const {
                HeaderValue::from_static(concat!(
                    "application/json;odata.metadata=",
                    $metadata,
                    ";odata.streaming=true;IEEE754Compatible=",
                    $strings,
                    ";charset=utf-8"
                ))
            }
        };
    }
    match (form.metadata, form.long_numbers_as_strings) {
        (Metadata::Stored | Metadata::Minimal, false) => json!("minimal", "false"),
        (Metadata::Stored | Metadata::Minimal, true) => json!("minimal", "true"),
        (Metadata::Full, false) => json!("full", "false"),
        (Metadata::Full, true) => json!("full", "true"),
        (Metadata::None, false) => json!("none", "false"),
        (Metadata::None, true) => json!("none", "true"),
    }
}

/// A description of the service, in this version of OData.
pub(super) fn described(body: String, content_type: HeaderValue, version: &'static str) -> Response {
    let mut response = with_body(StatusCode::OK, body.into(), content_type);
    response.headers_mut().insert(ODATA_VERSION, HeaderValue::from_static(version));
    response
}

/// A number as plain text, without a byte order mark, since SDKs take one for data.
pub(super) fn number(number: u64) -> Response {
    with_body(StatusCode::OK, number.to_string().into(), PLAIN)
}

/// A plain text. It names its charset, since some clients take another one for granted.
pub(super) fn text(body: impl Into<Bytes>) -> Response {
    with_body(StatusCode::OK, body.into(), PLAIN_UTF8)
}

fn with_body(status: StatusCode, body: Bytes, content_type: HeaderValue) -> Response {
    let mut response = empty(status);
    *response.body_mut() = Body::from(body);
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, content_type);
    headers.insert(ODATA_VERSION, VERSION_4);
    response
}

/// An answer without a body.
pub(super) fn empty(status: StatusCode) -> Response {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.reserve(HEADER_LINES);
    headers.insert(header::CACHE_CONTROL, NO_CACHE);
    response
}

/// Adds the entity tag.
pub(super) fn with_etag(mut response: Response, version: Version) -> Response {
    let mut text = String::with_capacity(ETAG_BYTES);
    // Writing to a string cannot fail, and what is written is always a valid header value.
    let _ = write!(text, "{version}");
    if let Ok(value) = HeaderValue::from_str(&text) {
        response.headers_mut().insert(header::ETAG, value);
    }
    response
}

/// Adds where a new action is.
pub(super) fn with_location(mut response: Response, address: &str, entity_id: bool) -> Response {
    if let Ok(value) = HeaderValue::try_from(address) {
        if entity_id {
            response.headers_mut().insert(ODATA_ENTITY_ID, value.clone());
        }
        response.headers_mut().insert(header::LOCATION, value);
    }
    response
}

/// Says which preferences were honoured. `page_size` is the one that a list kept to.
pub(super) fn with_applied(
    mut response: Response,
    preferences: &Preferences,
    returns: bool,
    page_size: Option<u32>,
) -> Response {
    let mut applied = Vec::new();
    match preferences.returns.filter(|_| returns) {
        Some(Return::Minimal) => applied.push("return=minimal".to_owned()),
        Some(Return::Representation) => applied.push("return=representation".to_owned()),
        None => {}
    }
    if preferences.strict && returns {
        applied.push("handling=strict".to_owned());
    }
    if let Some(size) = page_size {
        applied.push(format!("odata.maxpagesize={size}"));
    }
    if preferences.execution {
        applied.push("include-annotations=\"interdict.execution\"".to_owned());
    }
    if preferences.unknown_enum_members {
        applied.push("include-unknown-enum-members".to_owned());
    }
    if let Ok(value) = HeaderValue::try_from(applied.join(", "))
        && !applied.is_empty()
    {
        response.headers_mut().insert(PREFERENCE_APPLIED, value);
    }
    response
}
