//! The two ids of a request, as they are answered in every response and in every error body.

use axum::response::Response;
use http::request::Parts;
use http::{HeaderMap, HeaderValue};
use interdict_model::{RequestId, Timestamp};

use super::CLIENT_REQUEST_ID;
use crate::{GraphError, HttpState};

/// Characters of a `client-request-id` that is echoed.
const CLIENT_ID_MAX: usize = 128;

/// The two ids of a request, in its extensions. Cheap to clone.
#[derive(Clone, Debug)]
pub struct RequestIds {
    /// Ours; kept in the journal.
    pub request: RequestId,
    ours: HeaderValue,
    client: HeaderValue,
}

impl RequestIds {
    /// Our id for a request with these headers, and the client's own where it sent one that can be echoed: 1 to 128
    /// letters, digits and `-_.:{}`. Without one, both are the same.
    #[must_use]
    pub fn of(headers: &HeaderMap, request: RequestId) -> Self {
        let mut text = [0_u8; uuid::fmt::Hyphenated::LENGTH];
        let text = request.0.hyphenated().encode_lower(&mut text);
        // Hexadecimal digits and hyphens are always a valid header value.
        let ours = HeaderValue::from_str(text).unwrap_or(const { HeaderValue::from_static("unknown") });
        let client = headers.get(&CLIENT_REQUEST_ID).filter(|value| echoed(value)).unwrap_or(&ours).clone();
        Self { request, ours, client }
    }

    /// Those that the outer layer gave the request.
    pub(crate) fn given(parts: &Parts, state: &HttpState) -> Self {
        let given = parts.extensions.get::<Self>().cloned();
        given.unwrap_or_else(|| Self::of(&parts.headers, state.ids.request()))
    }

    /// `request-id` as text.
    #[must_use]
    pub fn request_text(&self) -> &str {
        self.ours.to_str().unwrap_or_default()
    }

    /// `client-request-id` as text.
    #[must_use]
    pub fn client_text(&self) -> &str {
        self.client.to_str().unwrap_or_default()
    }

    /// The answer to this request that `error` is.
    #[must_use]
    #[expect(clippy::boxed_local, reason = "errors are boxed wherever they are passed")]
    pub fn refuse(&self, error: Box<GraphError>, now: Timestamp) -> Response {
        if let Some(cause) = &error.cause {
            tracing::error!(request.id = %self.request, cause, "request failed");
        }
        error.into_response(self.request_text(), self.client_text(), now)
    }

    pub(crate) const fn request_header(&self) -> &HeaderValue {
        &self.ours
    }

    pub(crate) const fn client_header(&self) -> &HeaderValue {
        &self.client
    }
}

fn echoed(value: &HeaderValue) -> bool {
    let bytes = value.as_bytes();
    (1..=CLIENT_ID_MAX).contains(&bytes.len())
        && bytes.iter().all(|byte| byte.is_ascii_alphanumeric() || b"-_.:{}".contains(byte))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use super::*;

    fn check(sent: Option<&[u8]>, echoed: Option<&str>) {
        let mut headers = HeaderMap::new();
        if let Some(sent) = sent {
            headers.insert(CLIENT_REQUEST_ID, HeaderValue::from_bytes(sent).unwrap());
        }
        let request = RequestId(uuid::Uuid::from_u128(7));
        let ids = RequestIds::of(&headers, request);
        assert_eq!(ids.request_text(), "00000000-0000-0000-0000-000000000007");
        assert_eq!(ids.client_text(), echoed.unwrap_or(ids.request_text()), "{sent:?}");
    }

    #[test]
    fn a_clients_id_is_echoed_only_where_it_is_plain_text() {
        let guid = "7f1d0f0e-5f1f-4c1c-9a52-0a2f3c6f5a11";
        check(Some(guid.as_bytes()), Some(guid));
        check(None, None);
        check(Some(b""), None);
        check(Some(b"a\"b"), None);
        check(Some("å".as_bytes()), None);
        check(Some(&[b'a'; 128]), Some(&"a".repeat(128)));
        check(Some(&[b'a'; 129]), None);
    }
}
