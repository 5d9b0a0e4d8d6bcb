//! Answers of the native face.

use axum::body::Body;
use axum::response::Response;
use http::{HeaderValue, StatusCode, header};
use serde::Serialize;

use super::Exchange;
use crate::extract::origin::origin;
use crate::{GraphError, GraphResult};

/// A list: its rows, and where the next page is.
#[derive(Serialize)]
struct List<T> {
    #[serde(skip_serializing_if = "Option::is_none")]
    count: Option<u64>,
    value: Vec<T>,
    #[serde(rename = "nextLink", skip_serializing_if = "Option::is_none")]
    next_link: Option<String>,
}

/// A page of a list. `next` is the path and query of the next one.
pub(super) fn list<T: Serialize>(
    exchange: &Exchange<'_>,
    value: Vec<T>,
    next: Option<String>,
) -> GraphResult {
    counted_list(exchange, value, None, next)
}

/// The same, with how many there are in all.
pub(super) fn counted_list<T: Serialize>(
    exchange: &Exchange<'_>,
    value: Vec<T>,
    count: Option<u64>,
    next: Option<String>,
) -> GraphResult {
    let next_link = next.map(|next| origin(exchange.state, exchange.parts) + &next);
    json(&List { count, value, next_link })
}

/// A JSON answer.
pub(super) fn json<T: Serialize>(value: &T) -> GraphResult {
    let text =
        serde_json::to_string(value).map_err(|error| GraphError::internal().because(error.to_string()))?;
    Ok(json_text(StatusCode::OK, text))
}

/// What was made, and where it is; `address` is its path.
pub(super) fn created<T: Serialize>(exchange: &Exchange<'_>, value: &T, address: &str) -> GraphResult {
    let mut response = json(value)?;
    *response.status_mut() = StatusCode::CREATED;
    if let Ok(value) = HeaderValue::try_from(origin(exchange.state, exchange.parts) + address) {
        response.headers_mut().insert(header::LOCATION, value);
    }
    Ok(response)
}

/// An answer of JSON that is text already.
pub(super) fn json_text(status: StatusCode, text: String) -> Response {
    let mut response = Response::new(Body::from(text));
    *response.status_mut() = status;
    let json = HeaderValue::from_static("application/json");
    response.headers_mut().insert(header::CONTENT_TYPE, json);
    response
}

/// An answer without a body.
pub(super) fn empty(status: StatusCode) -> Response {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = status;
    response
}
