//! The answers of a batch, in the order of its requests.

use axum::response::Response;
use bytes::{BufMut as _, Bytes, BytesMut};
use http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use http_body_util::{BodyExt as _, Collected};
use serde_json::{Map, Value};

use super::envelope::Item;
use super::payload;
use super::run::Outcome;
use crate::observe::{CLIENT_REQUEST_ID, REQUEST_ID, RequestIds};
use crate::{GraphError, GraphResult};

/// What an item was answered.
#[derive(Debug)]
pub(super) struct Answer {
    status: StatusCode,
    headers: HeaderMap,
    pub(super) body: Bytes,
}

impl Outcome for Answer {
    fn succeeded(&self) -> bool {
        self.status.as_u16() < 400
    }
}

impl Answer {
    /// Reads the response to a request of this method whole. Ours are in memory: their bodies cannot fail.
    pub(super) async fn of(response: Response, method: &Method, ids: &RequestIds) -> Self {
        let (mut parts, body) = response.into_parts();
        parts.headers.insert(REQUEST_ID, ids.request_header().clone());
        parts.headers.insert(CLIENT_REQUEST_ID, ids.client_header().clone());
        let body = match *method {
            // On a connection it is hyper that leaves it out.
            Method::HEAD => Bytes::new(),
            _ => body.collect().await.map(Collected::to_bytes).unwrap_or_default(),
        };
        Self { status: parts.status, headers: parts.headers, body }
    }
}

/// The body of the whole answer: `{"responses":[…]}`.
pub(super) fn render(items: &[Item<'_>], answers: &[Answer], base64: bool) -> GraphResult<Bytes> {
    let size: usize = answers.iter().map(|answer| answer.body.len() + 512).sum();
    let mut out = BytesMut::with_capacity(size);
    out.put_slice(b"{\"responses\":[");
    for (at, (item, answer)) in items.iter().zip(answers).enumerate() {
        if at > 0 {
            out.put_u8(b',');
        }
        put(&mut out, item, answer, base64)
            .map_err(|error| GraphError::internal().because(error.to_string()))?;
    }
    out.put_slice(b"]}");
    Ok(out.freeze())
}

fn put(out: &mut BytesMut, item: &Item<'_>, answer: &Answer, base64: bool) -> serde_json::Result<()> {
    out.put_slice(b"{\"id\":");
    out.put_slice(&serde_json::to_vec(&item.id)?);
    out.put_slice(b",\"status\":");
    out.put_slice(answer.status.as_str().as_bytes());
    out.put_slice(b",\"headers\":");
    out.put_slice(&serde_json::to_vec(&headers(&answer.headers))?);
    if !answer.body.is_empty() {
        out.put_slice(b",\"body\":");
        let kind = answer.headers.get(header::CONTENT_TYPE).map(HeaderValue::as_bytes).unwrap_or_default();
        if kind.starts_with(b"application/json") && !base64 {
            out.put_slice(&answer.body);
        } else {
            out.put_slice(&serde_json::to_vec(&payload::encode(&answer.body))?);
        }
    }
    out.put_u8(b'}');
    Ok(())
}

/// Headers by their names in the usual case, as Graph's batches show them; several of a name in one list.
fn headers(headers: &HeaderMap) -> Map<String, Value> {
    let mut shown = Map::new();
    for name in headers.keys() {
        let values: Vec<_> = headers.get_all(name).iter().filter_map(|value| value.to_str().ok()).collect();
        shown.insert(usual_case(name.as_str()), values.join(", ").into());
    }
    shown
}

/// `content-type` as `Content-Type`; ids and what begins with `x-` stay in lower case, as Graph has them.
fn usual_case(name: &str) -> String {
    match name {
        "etag" => return "ETag".to_owned(),
        "odata-version" => return "OData-Version".to_owned(),
        "odata-entityid" => return "OData-EntityId".to_owned(),
        "www-authenticate" => return "WWW-Authenticate".to_owned(),
        "request-id" | "client-request-id" => return name.to_owned(),
        _ => {}
    }
    let mut start = true;
    let upper = |character: char| {
        let shown = if start { character.to_ascii_uppercase() } else { character };
        start = character == '-';
        shown
    };
    name.chars().map(upper).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_headers_are_shown_as_graph_shows_them() {
        for (name, shown) in [
            ("content-type", "Content-Type"),
            ("retry-after", "Retry-After"),
            ("location", "Location"),
            ("odata-version", "OData-Version"),
            ("etag", "ETag"),
            ("request-id", "request-id"),
        ] {
            assert_eq!(usual_case(name), shown);
        }
    }
}
