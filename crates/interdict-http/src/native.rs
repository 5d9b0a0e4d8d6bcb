//! The native face, `/api/v1`: plain JSON, the same tokens, request ids and errors as the Graph face.

mod audit;
mod endpoint;
mod parameters;
mod reply;

use std::sync::Arc;

use axum::Router;
use axum::extract::{Request, State};
use axum::response::Response;
use axum::routing::get;
use http::request::Parts;
use interdict_app::Caller;

pub use endpoint::Endpoint;

use crate::extract::media::Accepted;
use crate::extract::{address, caller};
use crate::observe::{self, RequestIds, RouteName};
use crate::{GraphResult, HttpState};

/// The routes.
pub(crate) fn routes() -> Router<Arc<HttpState>> {
    Endpoint::ALL.into_iter().fold(Router::new(), |routes, endpoint| {
        let handler = move |State(state): State<Arc<HttpState>>, request: Request| async move {
            serve(&state, endpoint, request).await
        };
        routes.route(endpoint.template(), get(handler))
    })
}

/// A request whose caller is known.
struct Exchange<'a> {
    state: &'a HttpState,
    parts: &'a Parts,
    caller: Caller,
}

async fn serve(state: &HttpState, endpoint: Endpoint, request: Request) -> Response {
    let (parts, _) = request.into_parts();
    let ids = RequestIds::given(&parts, state);
    let mut tenant = None;
    let answer = async {
        address::check_length(&parts)?;
        let caller = caller::authenticate(state, &parts, ids.request).await?;
        tenant = Some(caller.actor.tenant());
        Accepted::read(&parts.headers).json()?;
        handle(endpoint, &Exchange { state, parts: &parts, caller }).await
    };
    let response = match answer.await {
        Ok(response) => response,
        Err(error) => ids.refuse(error, state.clock.now()),
    };
    observe::labelled(response, Some(RouteName(endpoint.template())), tenant)
}

async fn handle(endpoint: Endpoint, exchange: &Exchange<'_>) -> GraphResult {
    match endpoint {
        Endpoint::Audit => audit::entries(exchange).await,
        Endpoint::Seals => audit::seals(exchange).await,
    }
}
