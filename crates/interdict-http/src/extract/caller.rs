//! Who asks: from the `Authorization` header to a [`Caller`].

use http::request::Parts;
use http::{HeaderValue, header};
use interdict_app::Caller;
use interdict_model::RequestId;

use super::origin::origin;
use crate::{ErrorKind, GraphError, GraphResult, HttpState};

/// Bytes of a token that are read.
const TOKEN_MAX: usize = 8 * 1024;

/// The caller of a request.
///
/// # Errors
/// 401 and 403 as the token deserves, 503 where the issuer's keys cannot be had.
pub(crate) async fn authenticate(
    state: &HttpState,
    parts: &Parts,
    request: RequestId,
) -> GraphResult<Caller> {
    let refuse = |error| challenged(error, state, parts);
    let token = bearer(parts).map_err(refuse)?;
    let now = state.clock.now();
    let actor = match state.authenticator.cached(token, now) {
        Some(actor) => actor,
        None => match state.authenticator.authenticate(token, now).await {
            Ok(actor) => actor,
            Err(error) => {
                tracing::debug!(%error, "the token is not accepted");
                return Err(refuse(GraphError::of_authentication(&error)));
            }
        },
    };
    Ok(Caller { actor, request })
}

/// The token of `Authorization: Bearer …`.
fn bearer(parts: &Parts) -> GraphResult<&str> {
    let unauthenticated = |message| GraphError::new(ErrorKind::Unauthenticated, message);
    let Some(value) = parts.headers.get(header::AUTHORIZATION) else {
        return Err(unauthenticated(
            "Access token is empty. Send `Authorization: Bearer {token}`. SDK auth providers send no token to hosts \
             that are not in their list of allowed hosts: add this server's host to it.",
        ));
    };
    if value.len() > "Bearer ".len() + TOKEN_MAX {
        return Err(unauthenticated("The access token is longer than 8 KiB."));
    }
    // A token of other letters than ASCII is refused as any that is malformed.
    let text = std::str::from_utf8(value.as_bytes()).unwrap_or_default().trim_ascii();
    let (scheme, token) = text.split_once(' ').unwrap_or((text, ""));
    let token = token.trim_ascii();
    if !scheme.eq_ignore_ascii_case("bearer") {
        return Err(unauthenticated(
            "Only bearer tokens are accepted: send `Authorization: Bearer {token}`.",
        ));
    }
    if token.is_empty() {
        return Err(unauthenticated("Access token is empty. Send `Authorization: Bearer {token}`."));
    }
    Ok(token)
}

/// A 401 says where tokens come from; without `claims`, so that SDKs do not ask their credential again.
fn challenged(error: Box<GraphError>, state: &HttpState, parts: &Parts) -> Box<GraphError> {
    if error.kind != ErrorKind::Unauthenticated {
        return error;
    }
    let challenge = format!(
        "Bearer realm=\"\", authorization_uri=\"{}/common/oauth2/v2.0/authorize\"",
        origin(state, parts)
    );
    match HeaderValue::try_from(challenge) {
        Ok(value) => error.with_header(header::WWW_AUTHENTICATE, value),
        Err(_) => error,
    }
}
