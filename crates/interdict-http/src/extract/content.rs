//! The body of a request: its type, its coding, its size.

use axum::body::Body;
use bytes::Bytes;
use http::request::Parts;
use http::{HeaderMap, header};
use http_body_util::{BodyExt as _, LengthLimitError, Limited};

use crate::{ErrorKind, GraphError, GraphResult};

/// Bytes of a body that are read.
const BODY_MAX: usize = 1024 * 1024;
const JSON: &str = "application/json";

/// Reads a JSON body.
///
/// # Errors
/// 413 for one that is too large, 415 for one of another type, charset or coding.
pub(crate) async fn read_json(parts: &Parts, body: Body) -> GraphResult<Bytes> {
    read_json_within(parts, body, BODY_MAX).await
}

/// Reads a JSON body of at most `most` bytes.
///
/// # Errors
/// As [`read_json`].
pub(crate) async fn read_json_within(parts: &Parts, body: Body, most: usize) -> GraphResult<Bytes> {
    check_length(&parts.headers, most)?;
    check_coding(&parts.headers)?;
    let typed = check_type(&parts.headers, JSON);
    if parts.headers.contains_key(header::CONTENT_TYPE) {
        typed.clone()?;
    }
    let bytes = collect(body, most).await?;
    // A body that is not there is missed as such, not for its type.
    if !bytes.is_empty() {
        typed?;
    }
    Ok(bytes)
}

/// Reads a body of plain text, of at most `most` bytes.
///
/// # Errors
/// As [`read_json`].
pub(crate) async fn read_text_within(parts: &Parts, body: Body, most: usize) -> GraphResult<Bytes> {
    check_length(&parts.headers, most)?;
    check_coding(&parts.headers)?;
    check_type(&parts.headers, "text/plain")?;
    collect(body, most).await
}

/// Reads the body of an action that needs none: an empty one may have any type.
///
/// # Errors
/// As [`read_json`].
pub(crate) async fn read_optional_json(parts: &Parts, body: Body) -> GraphResult<Bytes> {
    check_length(&parts.headers, BODY_MAX)?;
    check_coding(&parts.headers)?;
    let bytes = collect(body, BODY_MAX).await?;
    if !bytes.is_empty() {
        check_type(&parts.headers, JSON)?;
    }
    Ok(bytes)
}

fn check_length(headers: &HeaderMap, most: usize) -> GraphResult<()> {
    let length = headers.get(header::CONTENT_LENGTH).and_then(|length| length.to_str().ok());
    match length.and_then(|length| length.parse::<u64>().ok()) {
        Some(length) if length > most as u64 => Err(too_large(most)),
        _ => Ok(()),
    }
}

fn too_large(most: usize) -> Box<GraphError> {
    let shown = if most < 1 << 20 { format!("{} KiB", most >> 10) } else { format!("{} MiB", most >> 20) };
    GraphError::new(ErrorKind::BodyTooLarge, format!("The body is larger than {shown}."))
}

async fn collect(body: Body, most: usize) -> GraphResult<Bytes> {
    match Limited::new(body, most).collect().await {
        Ok(body) => Ok(body.to_bytes()),
        Err(error) if error.is::<LengthLimitError>() => Err(too_large(most)),
        Err(error) => Err(unreadable(&*error)),
    }
}

/// A body that ended early or came too slowly.
fn unreadable(error: &(dyn std::error::Error + 'static)) -> Box<GraphError> {
    let mut cause = Some(error);
    while let Some(error) = cause {
        let timed_out = error
            .downcast_ref::<std::io::Error>()
            .is_some_and(|error| error.kind() == std::io::ErrorKind::TimedOut);
        if timed_out {
            return GraphError::new(ErrorKind::RequestTimeout, "The body took too long to arrive.");
        }
        cause = error.source();
    }
    GraphError::new(ErrorKind::BadRequest, "The body could not be read to its end.")
}

fn check_coding(headers: &HeaderMap) -> GraphResult<()> {
    let coded = headers
        .get_all(header::CONTENT_ENCODING)
        .iter()
        .any(|coding| !coding.as_bytes().eq_ignore_ascii_case(b"identity"));
    if coded {
        return Err(GraphError::new(
            ErrorKind::UnsupportedMediaType,
            "Bodies with a `Content-Encoding` are not read: send the JSON as it is.",
        ));
    }
    Ok(())
}

fn check_type(headers: &HeaderMap, wanted: &str) -> GraphResult<()> {
    let given = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let mut parts = given.split(';').map(str::trim);
    let typed = parts.next().is_some_and(|name| name.eq_ignore_ascii_case(wanted));
    let charset = parts.find_map(|parameter| {
        let (key, value) = parameter.split_once('=')?;
        key.trim().eq_ignore_ascii_case("charset").then(|| value.trim().trim_matches('"'))
    });
    let utf8 = charset.is_none_or(|name| {
        ["utf-8", "utf8", "us-ascii"].iter().any(|known| name.eq_ignore_ascii_case(known))
    });
    if typed && utf8 {
        return Ok(());
    }
    Err(GraphError::new(
        ErrorKind::UnsupportedMediaType,
        format!(
            "A supported MIME type could not be found that matches the content type of the request: send \
             `Content-Type: {wanted}`, in UTF-8."
        ),
    ))
}
