//! The layer around every route: ids, the checks that come before routing, caught panics, the headers that every
//! answer has, and what is counted and logged about a request.
//!
//! It is on the path of every request, so it makes no text but the ids and looks nothing up by path.

mod cors;
mod head;
mod ids;

use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::extract::Request;
use axum::response::Response;
use http::{HeaderName, HeaderValue, Method, Version, header};
use interdict_model::TenantId;
use interdict_model::clock::{Clock, Ids};

pub use cors::Origins;
pub(crate) use head::{HEADER_LINES, check as check_head, too_large as head_too_large};
pub use ids::RequestIds;

use crate::caught::caught;
use crate::metrics::Metrics;
use crate::server::Transport;
use crate::{GraphError, HttpState};

pub(crate) const CLIENT_REQUEST_ID: HeaderName = HeaderName::from_static("client-request-id");
pub(crate) const REQUEST_ID: HeaderName = HeaderName::from_static("request-id");
// Constants are checked when they are compiled, and not at each answer.
const NO_CACHE: HeaderValue = HeaderValue::from_static("no-cache");
const DIAGNOSIS: HeaderValue = HeaderValue::from_static(
    r#"{"ServerInfo":{"DataCenter":"local","Slice":"E","Ring":"1","ScaleUnit":"000","RoleInstance":"interdict"}}"#,
);
const DIAGNOSTIC: HeaderName = HeaderName::from_static("x-ms-ags-diagnostic");

/// What metrics and logs name a request by: the template of its route, and never its address, of which there is no end.
/// Handlers put it into the extensions of their response.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Label {
    /// The template of the route that answered.
    pub route: &'static str,
    /// Whose request it was, where the caller is known; for the log alone.
    pub tenant: Option<TenantId>,
}

impl Label {
    /// The label of a route.
    #[must_use]
    pub const fn of(route: &'static str) -> Self {
        Self { route, tenant: None }
    }

    /// Whether the route tells of the process: health, build, metrics.
    fn is_of_the_process(&self) -> bool {
        matches!(self.route, "/healthz" | "/readyz" | "/version" | "/metrics")
    }
}

/// The name of requests that no handler named.
const UNMATCHED: &str = "unmatched";

/// The layer itself: what it needs of the process.
#[derive(Clone, Debug)]
pub struct Observer {
    /// The one clock.
    pub clock: Arc<dyn Clock>,
    /// Fresh ids.
    pub ids: Arc<dyn Ids>,
    /// Counters and histograms.
    pub metrics: Arc<Metrics>,
    /// Whose pages may read answers.
    pub origins: Origins,
}

impl Observer {
    /// The layer of a server of this state.
    pub(crate) fn of(state: &HttpState) -> Self {
        Self {
            clock: Arc::clone(&state.clock),
            ids: Arc::clone(&state.ids),
            metrics: Arc::clone(&state.metrics),
            origins: state.origins.clone(),
        }
    }

    /// Answers a request by `routes`, which may panic.
    ///
    /// Handlers find [`RequestIds`] in the extensions of their request, and put a [`Label`] into those of their response.
    pub(crate) async fn answer<F>(&self, mut request: Request, routes: impl FnOnce(Request) -> F) -> Response
    where
        F: Future<Output = Response>,
    {
        let started = Instant::now();
        let ids = RequestIds::of(request.headers(), self.ids.request());
        let method = request.method().clone();
        let tls = request.extensions().get::<Transport>().is_some_and(|transport| transport.tls);
        let origin = request.headers().get(header::ORIGIN).cloned();
        let sequential = request.version() <= Version::HTTP_11;
        let chunked = sequential && request.headers().contains_key(header::TRANSFER_ENCODING);

        let mut response = match head::check(&mut request) {
            Err(error) => ids.refuse(error, self.clock.now()),
            Ok(()) if method == Method::OPTIONS => cors::preflight(),
            Ok(()) => {
                request.extensions_mut().insert(ids.clone());
                match caught(routes(request)).await {
                    Ok(response) => response,
                    Err(panic) => {
                        let error = GraphError::internal().because(format!("a handler panicked: {panic}"));
                        ids.refuse(error, self.clock.now())
                    }
                }
            }
        };

        let headers = response.headers_mut();
        headers.insert(REQUEST_ID, ids.request_header().clone());
        headers.insert(CLIENT_REQUEST_ID, ids.client_header().clone());
        headers.insert(DIAGNOSTIC, DIAGNOSIS);
        headers.entry(header::CACHE_CONTROL).or_insert(NO_CACHE);
        if tls {
            headers.insert(header::STRICT_TRANSPORT_SECURITY, HeaderValue::from_static("max-age=31536000"));
        }
        if chunked || (sequential && self.metrics.is_draining()) {
            // A server that is about to stop sends its clients to another before it does.
            //
            // And hyper prefers Transfer-Encoding and drops a Content-Length beside it, so the two cannot be told from a
            // clean request here. Ending the connection leaves nothing to a request that hides behind the difference.
            headers.insert(header::CONNECTION, HeaderValue::from_static("close"));
        }
        if origin.is_some() || method == Method::OPTIONS || self.origins != Origins::Any {
            cors::expose(&self.origins, origin.as_ref(), &mut response);
        }
        record(&self.metrics, &ids, &method, &response, started.elapsed());
        response
    }
}

/// Counts the request and writes its one line of log: at `debug`, at `warn` where the server failed.
pub(crate) fn record(
    metrics: &Metrics,
    ids: &RequestIds,
    method: &Method,
    response: &Response,
    took: Duration,
) {
    let Label { route, tenant } = response.extensions().get().copied().unwrap_or(Label::of(UNMATCHED));
    let status = response.status();
    metrics.answered(route, method, status, took);
    let tenant = tenant.map(tracing::field::display);
    let micros = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
    if status.is_server_error() {
        tracing::warn!(
            request.id = %ids.request, tenant.id = tenant, %method, route, status = status.as_u16(), micros,
            "request failed"
        );
    } else {
        tracing::debug!(
            request.id = %ids.request, tenant.id = tenant, %method, route, status = status.as_u16(), micros,
            "request"
        );
    }
}
