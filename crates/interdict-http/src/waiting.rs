//! What a server answers until its store can be used: that it is alive, why it is not ready, and for everything else
//! that nothing happened.

use axum::Router;
use axum::extract::Request;
use axum::routing::get;
use http::StatusCode;
use serde_json::json;
use tokio::sync::watch;

use crate::observe::{Observer, RequestIds};
use crate::port::Port;
use crate::{GraphError, health};

/// How long a caller is asked to wait, in seconds.
const RETRY_AFTER: u8 = 2;

/// Every port while `cause` keeps the server from its store.
pub fn waiting_port(observer: Observer, cause: watch::Receiver<String>) -> Port {
    let (clock, ids) = (observer.clock.clone(), observer.ids.clone());
    let refused = cause.clone();
    let unready = move || async move {
        let causes = [cause.borrow().clone()];
        let body = json!({"status": "unready", "causes": causes});
        health::named("/readyz", StatusCode::SERVICE_UNAVAILABLE, body)
    };
    let refuse = move |request: Request| async move {
        let known = request.extensions().get::<RequestIds>().cloned();
        let known = known.unwrap_or_else(|| RequestIds::of(request.headers(), ids.request()));
        let message = "The store cannot be used yet; nothing happened. Send the request again.";
        let error = GraphError::unavailable(message, RETRY_AFTER).because(refused.borrow().clone());
        known.refuse(error, clock.now())
    };
    let routes = Router::new()
        .route("/healthz", get(health::alive))
        .route("/readyz", get(unready))
        .route("/version", get(health::version))
        .fallback(refuse);
    Port::new(observer, routes)
}
