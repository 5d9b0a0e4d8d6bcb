//! Answers of the native face.

use axum::body::Body;
use axum::response::Response;
use http::{HeaderValue, header};
use serde::Serialize;

use super::Exchange;
use crate::extract::origin::origin;
use crate::{GraphError, GraphResult};

/// A list: its rows, and where the next page is.
#[derive(Serialize)]
struct List<T> {
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
    let next_link = next.map(|next| origin(exchange.state, exchange.parts) + &next);
    let body = serde_json::to_vec(&List { value, next_link })
        .map_err(|error| GraphError::internal().because(error.to_string()))?;
    let mut response = Response::new(Body::from(body));
    let json = HeaderValue::from_static("application/json");
    response.headers_mut().insert(header::CONTENT_TYPE, json);
    Ok(response)
}
