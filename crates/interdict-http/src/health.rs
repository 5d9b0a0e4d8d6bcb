//! Liveness, readiness, build and metrics, for those who run the server. No token is asked for.

use std::sync::Arc;

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Extension, Json, Router};
use http::{StatusCode, header};
use serde_json::{Value, json};

use crate::{HttpState, Label};

/// `/healthz`, `/readyz` and `/version`: on every port.
pub fn routes() -> Router<Arc<HttpState>> {
    Router::new().route("/healthz", get(well)).route("/readyz", get(ready)).route("/version", get(version))
}

/// `/metrics`: on the admin port where there is one, else on the public port.
pub fn metrics_routes() -> Router<Arc<HttpState>> {
    Router::new().route("/metrics", get(metrics))
}

/// The process answers.
pub(crate) async fn alive() -> Response {
    named("/healthz", StatusCode::OK, json!({"status": "ok"}))
}

/// The process answers, and what an operator has still to say.
async fn well(State(state): State<Arc<HttpState>>) -> Response {
    match state.service.unsure_tenants() {
        0 => alive().await,
        count => named("/healthz", StatusCode::OK, json!({"status": "ok", "restoredUnconfirmed": count})),
    }
}

/// Whether writes are accepted now, and if not, why.
async fn ready(State(state): State<Arc<HttpState>>) -> Response {
    let mut causes = state.service.unready();
    if state.metrics.is_draining() {
        causes.push("the server is stopping".to_owned());
    }
    if causes.is_empty() {
        named("/readyz", StatusCode::OK, json!({"status": "ready"}))
    } else {
        named("/readyz", StatusCode::SERVICE_UNAVAILABLE, json!({"status": "unready", "causes": causes}))
    }
}

pub(crate) async fn version() -> Response {
    let build = json!({
        "name": "interdict",
        "version": env!("CARGO_PKG_VERSION"),
        "commit": option_env!("INTERDICT_COMMIT"),
    });
    named("/version", StatusCode::OK, build)
}

async fn metrics(State(state): State<Arc<HttpState>>) -> Response {
    state.metrics.unsure(state.service.unsure_tenants());
    let text = state.metrics.text(state.authenticator.cache_counts());
    let kind = "application/openmetrics-text; version=1.0.0; charset=utf-8";
    ([(header::CONTENT_TYPE, kind)], Extension(Label::of("/metrics")), text).into_response()
}

pub(crate) fn named(route: &'static str, status: StatusCode, body: Value) -> Response {
    (status, Extension(Label::of(route)), Json(body)).into_response()
}
