//! The whole of a port: the layer that is around every route, and the routes.

use std::sync::Arc;

use axum::Router;
use axum::extract::Request;
use axum::response::Response;
use http::Method;
use tower::Service as _;

use crate::observe::Observer;
use crate::{HttpState, graph};

/// What answers the requests of a port.
#[derive(Clone, Debug)]
pub struct Port {
    observer: Observer,
    routes: Router,
    /// Where the Graph face is on this port: its requests are most, and `routes` would only hand them on.
    graph: Option<Arc<HttpState>>,
}

impl Port {
    /// A port with these routes alone.
    #[must_use]
    pub const fn new(observer: Observer, routes: Router) -> Self {
        Self { observer, routes, graph: None }
    }

    /// The same port, where addresses of actions, as SDKs write them, are answered without a look at the routes, among which
    /// the Graph face must be as well.
    #[must_use]
    pub(crate) fn with_graph(self, state: Arc<HttpState>) -> Self {
        Self { graph: Some(state), ..self }
    }

    /// Answers a request.
    pub async fn answer(&self, request: Request) -> Response {
        self.observer.answer(request, |request| self.route(request)).await
    }

    async fn route(&self, request: Request) -> Response {
        if let Some(state) = &self.graph
            // The routes take the body from the answer to a HEAD.
            && request.method() != Method::HEAD
            && graph::owns(request.uri().path())
        {
            return graph::serve(state, request).await;
        }
        let Ok(response) = self.routes.clone().call(request).await;
        response
    }
}
