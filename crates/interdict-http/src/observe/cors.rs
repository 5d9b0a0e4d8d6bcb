//! Cross-origin calls: which pages may read an answer. It is the token in `Authorization` that decides what is answered,
//! never a cookie, so that any page may ask where the operator says nothing else; what is told to anyone without a token
//! about this process is for no other origin's page.

use axum::body::Body;
use axum::response::Response;
use http::{HeaderMap, HeaderValue, StatusCode, header};

use super::Label;

const METHODS: HeaderValue = HeaderValue::from_static("GET, POST, PATCH, DELETE, OPTIONS");
const ANY: HeaderValue = HeaderValue::from_static("*");

/// The origins whose pages may read answers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Origins {
    /// All of them, as with Graph.
    #[default]
    Any,
    /// These, as browsers write them (`https://app.example`); none where the list is empty.
    These(Vec<HeaderValue>),
}

impl Origins {
    /// The `Access-Control-Allow-Origin` of an answer to a page of `origin`.
    fn admit(&self, origin: Option<&HeaderValue>) -> Option<HeaderValue> {
        let origin = origin?;
        match self {
            Self::Any => Some(ANY),
            Self::These(admitted) => admitted.contains(origin).then(|| origin.clone()),
        }
    }
}

/// The answer to every `OPTIONS`, with or without a token.
pub(super) fn preflight() -> Response {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::NO_CONTENT;
    let headers = response.headers_mut();
    headers.insert(header::ALLOW, METHODS);
    headers.insert(header::ACCESS_CONTROL_ALLOW_METHODS, METHODS);
    headers.insert(
        header::ACCESS_CONTROL_ALLOW_HEADERS,
        HeaderValue::from_static(
            "authorization, content-type, accept, client-request-id, consistencylevel, if-match, \
             if-none-match, odata-version, odata-maxversion, prefer, sdkversion, retry-attempt",
        ),
    );
    headers.insert(header::ACCESS_CONTROL_MAX_AGE, HeaderValue::from_static("3600"));
    response
}

/// Lets a page of another origin, if it may, read the answer and the headers that matter to it.
pub(super) fn expose(origins: &Origins, origin: Option<&HeaderValue>, response: &mut Response) {
    let of_the_process = response.extensions().get::<Label>().is_some_and(Label::is_of_the_process);
    let headers = response.headers_mut();
    if matches!(origins, Origins::These(_)) {
        headers.append(header::VARY, HeaderValue::from_static("origin"));
    }
    match origins.admit(origin) {
        Some(admitted) if !of_the_process => {
            headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, admitted);
            headers.insert(
                header::ACCESS_CONTROL_EXPOSE_HEADERS,
                HeaderValue::from_static(
                    "ETag, Location, Preference-Applied, Content-Range, request-id, client-request-id, \
                     Retry-After, Warning, WWW-Authenticate",
                ),
            );
        }
        _ => forget_preflight(headers),
    }
}

/// What only a page that is admitted is told.
fn forget_preflight(headers: &mut HeaderMap) {
    for name in [
        header::ACCESS_CONTROL_ALLOW_METHODS,
        header::ACCESS_CONTROL_ALLOW_HEADERS,
        header::ACCESS_CONTROL_MAX_AGE,
    ] {
        headers.remove(name);
    }
}
