//! Every route on one page.
//!
//! Fixed addresses are matched by axum; everything else goes to the Graph face, which reads addresses itself and
//! answers what is nothing. [`OpenRoute`], [`crate::graph::Endpoint`] and [`crate::native::Endpoint`] together are the
//! whole table: the authorisation tests walk them.

use std::sync::Arc;

use axum::Router;
use axum::extract::{Request, State};
use axum::response::Response;

use crate::observe::Observer;
use crate::port::Port;
use crate::{ErrorKind, GraphError, HttpState, RequestIds, graph, health, issuer, native, openapi};

/// The routes of fixed address that ask for no token. [`crate::graph::Endpoint`] has two more, which describe the
/// service.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum OpenRoute {
    /// `GET /healthz`
    Health,
    /// `GET /readyz`
    Ready,
    /// `GET /version`
    Version,
    /// `GET /metrics`
    Metrics,
    /// `GET /openapi.json`
    OpenApi,
    /// `POST /{tenant}/oauth2/v2.0/token`
    Token,
    /// `GET /{tenant}/v2.0/.well-known/openid-configuration`
    Discovery,
    /// `GET /{tenant}/discovery/v2.0/keys`
    Keys,
}

impl OpenRoute {
    /// Every one.
    pub const ALL: [Self; 8] = [
        Self::Health,
        Self::Ready,
        Self::Version,
        Self::Metrics,
        Self::OpenApi,
        Self::Token,
        Self::Discovery,
        Self::Keys,
    ];

    /// The method.
    #[must_use]
    pub const fn method(self) -> &'static str {
        if matches!(self, Self::Token) { "POST" } else { "GET" }
    }

    /// The addresses, with names for what varies: one.
    #[must_use]
    pub const fn forms(self) -> &'static [&'static str] {
        match self {
            Self::Health => &["/healthz"],
            Self::Ready => &["/readyz"],
            Self::Version => &["/version"],
            Self::Metrics => &["/metrics"],
            Self::OpenApi => &["/openapi.json"],
            Self::Token => &["/{tenant}/oauth2/v2.0/token"],
            Self::Discovery => &["/{tenant}/v2.0/.well-known/openid-configuration"],
            Self::Keys => &["/{tenant}/discovery/v2.0/keys"],
        }
    }
}

/// The public port, metrics among its routes.
pub fn public_port(state: Arc<HttpState>) -> Port {
    public(state, fixed().merge(health::metrics_routes()))
}

/// The public port where metrics have a port of their own.
pub fn public_port_without_metrics(state: Arc<HttpState>) -> Port {
    public(state, fixed())
}

/// The admin port: metrics and health alone.
pub fn admin_port(state: Arc<HttpState>) -> Port {
    let routes = health::routes().merge(health::metrics_routes());
    let routes = routes.fallback(nothing_here).method_not_allowed_fallback(other_method);
    Port::new(Observer::of(&state), routes.with_state(state))
}

fn fixed() -> Router<Arc<HttpState>> {
    health::routes().merge(issuer::routes()).merge(openapi::routes())
}

fn public(state: Arc<HttpState>, fixed: Router<Arc<HttpState>>) -> Port {
    let graph = |State(state): State<Arc<HttpState>>, request: Request| async move {
        graph::serve(&state, request).await
    };
    let routes = fixed.merge(native::routes()).fallback(graph).method_not_allowed_fallback(other_method);
    Port::new(Observer::of(&state), routes.with_state(Arc::clone(&state))).with_graph(state)
}

/// A fixed address asked with another method; axum adds `Allow`.
async fn other_method(State(state): State<Arc<HttpState>>, request: Request) -> Response {
    let message = "Specified HTTP method is not allowed for the request target.";
    refuse(&state, &request, GraphError::new(ErrorKind::MethodNotAllowed, message))
}

async fn nothing_here(State(state): State<Arc<HttpState>>, request: Request) -> Response {
    let message = "Resource not found: this port serves health and metrics alone.";
    refuse(&state, &request, GraphError::new(ErrorKind::NotFound, message))
}

fn refuse(state: &HttpState, request: &Request, error: Box<GraphError>) -> Response {
    let ids = request.extensions().get::<RequestIds>().cloned();
    let ids = ids.unwrap_or_else(|| RequestIds::of(request.headers(), state.ids.request()));
    ids.refuse(error, state.clock.now())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// axum tells its paths only in its debug text.
    #[test]
    fn the_table_of_open_routes_is_the_routers_own() {
        let shown = format!("{:?}", fixed().merge(health::metrics_routes()));
        // Its own entries for the fallback are there too.
        let named = |path: &&str| path.starts_with('/') && *path != "/" && !path.contains("__private__");
        let mut paths: Vec<_> = shown.split('"').filter(named).collect();
        paths.sort_unstable();
        paths.dedup();
        let mut expected: Vec<_> = OpenRoute::ALL.iter().flat_map(|route| route.forms()).copied().collect();
        expected.sort_unstable();
        assert_eq!(paths, expected);
    }
}
