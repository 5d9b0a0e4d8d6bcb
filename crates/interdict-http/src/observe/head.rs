//! What is refused before any route is looked at: heads that two readers could understand in two ways.

use axum::extract::Request;
use http::{HeaderMap, HeaderValue, Method, Version, header};

use crate::{ErrorKind, GraphError, GraphResult};

/// Header lines of a request. It is hyper's own limit for HTTP/1.1, which costs no allocation as long as nobody sets it.
pub(crate) const HEADER_LINES: usize = 100;
/// Bytes of a request's header section: names and values with the four bytes between and after them.
pub(crate) const HEADER_SECTION: usize = 64 * 1024;

/// Refuses what is ambiguous, and leaves exactly one `Host` behind, the authority that the client asked for.
///
/// # Errors
/// 400, 405 and 431, in Graph's shape.
pub(crate) fn check(request: &mut Request) -> GraphResult<()> {
    if matches!(*request.method(), Method::CONNECT | Method::TRACE) {
        let allow = HeaderValue::from_static("GET, POST, PATCH, DELETE, OPTIONS");
        return Err(GraphError::new(
            ErrorKind::MethodNotAllowed,
            "Specified HTTP method is not allowed for the request target.",
        )
        .with_header(header::ALLOW, allow));
    }
    let headers = request.headers();
    let bytes: usize = headers.iter().map(|(name, value)| name.as_str().len() + value.len() + 4).sum();
    if headers.len() > HEADER_LINES || bytes > HEADER_SECTION {
        return Err(too_large());
    }
    if repeated(headers, &header::AUTHORIZATION) {
        return Err(GraphError::new(
            ErrorKind::BadRequest,
            "The `Authorization` header is there more than once.",
        ));
    }
    check_path(request.uri().path())?;
    settle_host(request)
}

/// The refusal of a header section that is too large.
pub(crate) fn too_large() -> Box<GraphError> {
    GraphError::new(
        ErrorKind::HeadersTooLarge,
        "The header section is too large: at most 100 lines and 64 KiB are read.",
    )
}

fn repeated(headers: &HeaderMap, name: &header::HeaderName) -> bool {
    headers.get_all(name).iter().nth(1).is_some()
}

/// HTTP/1.1 needs one `Host` (RFC 9112, 3.2), and a target that names an authority itself must agree with it.
fn settle_host(request: &mut Request) -> GraphResult<()> {
    let bad = |message: &str| Err(GraphError::new(ErrorKind::BadRequest, message));
    if repeated(request.headers(), &header::HOST) {
        return bad("The `Host` header is there more than once.");
    }
    let named = request.uri().authority();
    match request.headers().get(header::HOST) {
        Some(host) if !is_host(host.as_bytes()) => bad("The `Host` header is no host."),
        Some(host) => match named {
            Some(named) if !named.as_str().as_bytes().eq_ignore_ascii_case(host.as_bytes()) => {
                bad("The `Host` header and the request's target name different hosts.")
            }
            _ => Ok(()),
        },
        None if request.version() == Version::HTTP_11 => bad("The `Host` header is missing."),
        None if named.is_some_and(|named| !is_host(named.as_str().as_bytes())) => {
            bad("The request's target names no host.")
        }
        None => {
            if let Some(host) = named.and_then(|named| HeaderValue::from_str(named.as_str()).ok()) {
                request.headers_mut().insert(header::HOST, host);
            }
            Ok(())
        }
    }
}

/// Host and port by RFC 3986, 3.2.2, as far as single characters tell; no user information.
fn is_host(host: &[u8]) -> bool {
    !host.is_empty()
        && host.iter().all(|byte| byte.is_ascii_alphanumeric() || b"-._~:[]%!$&'()*+,;=".contains(byte))
}

/// Percent escapes must be whole, decode to UTF-8, and hide no control character.
fn check_path(path: &str) -> GraphResult<()> {
    if !path.as_bytes().contains(&b'%') {
        return Ok(());
    }
    let clean = decoded(path.as_bytes())
        .and_then(|bytes| String::from_utf8(bytes).ok())
        .is_some_and(|text| !text.chars().any(char::is_control));
    if clean {
        return Ok(());
    }
    Err(GraphError::new(
        ErrorKind::BadRequest,
        "The path holds a percent escape that is broken, is not UTF-8, or hides a control character.",
    ))
}

fn decoded(path: &[u8]) -> Option<Vec<u8>> {
    let digit = |byte: Option<&u8>| char::from(*byte?).to_digit(16);
    let mut out = Vec::with_capacity(path.len());
    let mut bytes = path.iter();
    while let Some(byte) = bytes.next() {
        out.push(match byte {
            b'%' => {
                let value = digit(bytes.next())? * 16 + digit(bytes.next())?;
                u8::try_from(value).ok()?
            }
            byte => *byte,
        });
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use axum::body::Body;

    use super::*;

    fn check_request(builder: http::request::Builder, status: Option<u16>) {
        let mut request = builder.body(Body::empty()).unwrap();
        let shown = format!("{request:?}");
        let got = check(&mut request).err().map(|error| error.kind.status().as_u16());
        assert_eq!(got, status, "{shown}");
    }

    #[test]
    fn hosts_are_settled_before_routing() {
        let get = |uri: &str| Request::builder().uri(uri);
        check_request(get("/"), Some(400));
        check_request(get("/").header("host", "a"), None);
        check_request(get("/").header("host", ""), Some(400));
        check_request(get("/").header("host", "a b"), Some(400));
        check_request(get("/").header("host", "u@a"), Some(400));
        check_request(get("/").header("host", "a").header("host", "a"), Some(400));
        check_request(get("http://a/").header("host", "a"), None);
        check_request(get("http://A/").header("host", "a"), None);
        check_request(get("http://b/").header("host", "a"), Some(400));
        check_request(get("/").version(Version::HTTP_10), None);
        check_request(get("https://a/").version(Version::HTTP_2), None);
        check_request(get("https://a/").version(Version::HTTP_2).header("host", "b"), Some(400));
    }

    #[test]
    fn http_2_leaves_its_authority_as_the_host() {
        let request = Request::builder().uri("https://a:8443/").version(Version::HTTP_2);
        let mut request = request.body(Body::empty()).unwrap();
        check(&mut request).unwrap();
        assert_eq!(request.headers().get(header::HOST).unwrap(), "a:8443");
    }

    #[test]
    fn paths_hide_nothing() {
        for (path, status) in [
            ("/a%20b", None),
            ("/%E2%82%AC", None),
            ("/a%2Fb", None),
            ("/a%00", Some(400)),
            ("/a%0a", Some(400)),
            ("/a%7F", Some(400)),
            ("/a%C2%85", Some(400)),
            ("/a%zz", Some(400)),
            ("/a%2", Some(400)),
            ("/%C0%AF", Some(400)),
        ] {
            check_request(Request::builder().uri(path).header("host", "a"), status);
        }
    }

    #[test]
    fn an_authority_without_a_host_header_must_be_a_host_too() {
        let over_http2 = |authority: &str| {
            Request::builder().version(Version::HTTP_2).uri(format!("https://{authority}/a"))
        };
        check_request(over_http2("interdict.example:8443"), None);
        check_request(over_http2("user@evil.example"), Some(400));
    }

    #[test]
    fn repeated_credentials_and_tunnels_are_refused() {
        let request = || Request::builder().uri("/").header("host", "a");
        check_request(request().header("authorization", "a").header("authorization", "a"), Some(400));
        check_request(request().method("TRACE"), Some(405));
        check_request(request().header("x", "y".repeat(HEADER_SECTION)), Some(431));
        let many = (0..HEADER_LINES).fold(request(), |request, n| request.header(format!("x-{n}"), ""));
        check_request(many, Some(431));
    }
}
