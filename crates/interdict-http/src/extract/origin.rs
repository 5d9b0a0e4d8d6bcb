//! The address under which the client reached us, for the addresses that it is given back.

use http::header;
use http::request::Parts;

use crate::HttpState;
use crate::server::Transport;

/// Scheme and host (and any base path) without a final slash: the operator's `public_url`, else what the client
/// used.
pub(crate) fn origin(state: &HttpState, parts: &Parts) -> String {
    if let Some(url) = &state.public_url {
        return url.trim_end_matches('/').to_owned();
    }
    let tls = parts.extensions.get::<Transport>().is_some_and(|transport| transport.tls);
    let host = parts.headers.get(header::HOST).and_then(|host| host.to_str().ok()).unwrap_or("localhost");
    let scheme = if tls { "https://" } else { "http://" };
    [scheme, host].concat()
}
