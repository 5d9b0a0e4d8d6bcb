//! The Graph face: `securityAction` under `/v1.0`, `/beta` and without a version.
//!
//! One function serves every address: it reads the path, finds the [`Endpoint`], makes a caller of the token, and
//! only then calls a handler, each of which takes the caller by an `Exchange`. So no handler runs without one, but for
//! those that describe the service.

mod batch;
mod body;
mod cancel;
mod count;
mod create;
mod delete;
mod delta;
mod document;
mod endpoint;
#[cfg(feature = "fuzz")]
pub mod fuzzing;
mod get;
mod list;
mod metadata;
mod path;
mod property;
mod query;
pub(crate) mod render;
mod reply;
mod update;

use std::sync::Arc;

use axum::body::Body;
use axum::extract::Request;
use axum::response::Response;
use http::request::Parts;
use interdict_app::Caller;
use interdict_model::{ActionId, Actor};
use interdict_odata::BoundQuery;

pub use endpoint::Endpoint;

use crate::extract::media::{Accepted, JsonForm};
use crate::extract::prefer::Preferences;
use crate::extract::{address, caller, media, origin};
use crate::observe::{Label, RequestIds};
use crate::{ErrorKind, GraphError, GraphResult, HttpState};
use path::{Address, ApiVersion, Resource};

/// A request whose caller is known.
struct Exchange<'a> {
    state: &'a Arc<HttpState>,
    parts: &'a Parts,
    caller: Caller,
    version: ApiVersion,
    /// Scheme, host and version, as the client used them: what addresses in the answer begin with.
    base: String,
}

impl Exchange<'_> {
    fn accepted(&self) -> Accepted {
        Accepted::read(&self.parts.headers)
    }

    /// The form of a JSON answer: what `$format` says, else `Accept`.
    fn json(&self, query: &BoundQuery) -> GraphResult<JsonForm> {
        query.format.as_deref().map_or_else(|| self.accepted().json(), JsonForm::of_option)
    }

    fn preferences(&self) -> Preferences {
        Preferences::read(&self.parts.headers)
    }

    /// What a use case's error is to this caller.
    fn refusal(&self, error: interdict_app::Error) -> Box<GraphError> {
        GraphError::of_use_case(error, &self.caller.actor)
    }
}

/// Whether an address can be of no other face.
pub(crate) fn owns(path: &str) -> bool {
    path.starts_with("/beta/security/") || path.starts_with("/v1.0/security/")
}

/// Answers any request that is for the Graph face, or for nothing at all.
pub async fn serve(state: &Arc<HttpState>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let ids = RequestIds::given(&parts, state);
    answer(state, &parts, body, &ids, None).await
}

/// Answers a request: one that comes with its token, or one of a batch, which comes with the actor of the whole.
async fn answer(
    state: &Arc<HttpState>,
    parts: &Parts,
    body: Body,
    ids: &RequestIds,
    batched: Option<&Arc<Actor>>,
) -> Response {
    let mut label = None;
    let answer = async {
        let (address, endpoint) = locate(parts)?;
        let label = label.insert(Label::of(endpoint.template()));
        let version = address.version;
        if endpoint.permissions().is_empty() {
            media::check_protocol(&parts.headers)?;
            return metadata::handle(endpoint, parts, &(origin::origin(state, parts) + version.prefix()));
        }
        let caller = match batched {
            None => caller::authenticate(state, parts, ids.request).await?,
            Some(_) if endpoint == Endpoint::Batch => return Err(nested()),
            Some(actor) => Caller { actor: Arc::clone(actor), request: ids.request },
        };
        label.tenant = Some(caller.actor.tenant());
        media::check_protocol(&parts.headers)?;
        let base = origin::origin(state, parts) + version.prefix();
        let exchange = Exchange { state, parts, caller, version, base };
        handle(endpoint, &exchange, address.resource, body).await
    };
    let mut response = match answer.await {
        Ok(response) => response,
        Err(error) => ids.refuse(error, state.clock.now()),
    };
    if let Some(label) = label {
        response.extensions_mut().insert(label);
    }
    response
}

fn nested() -> Box<GraphError> {
    let message = "a batch cannot be a request of a batch: send it by itself";
    GraphError::bad_request("unsupported", "url", message)
}

fn locate(parts: &Parts) -> GraphResult<(Address, Endpoint)> {
    address::check_length(parts)?;
    let address = path::read(parts.uri.path()).map_err(|segment| no_such_segment(&segment))?;
    let endpoint = Endpoint::of(&address.resource, &parts.method)?;
    Ok((address, endpoint))
}

fn no_such_segment(segment: &str) -> Box<GraphError> {
    // Addresses can be long; the name of what was not found need not be.
    let shown: String = segment.chars().take(100).collect();
    GraphError::new(ErrorKind::NotFound, format!("Resource not found for the segment '{shown}'."))
}

async fn handle(endpoint: Endpoint, exchange: &Exchange<'_>, resource: Resource, body: Body) -> GraphResult {
    let id = |key: &str| action_id(key);
    match (endpoint, resource) {
        (Endpoint::List, _) => Box::pin(list::handle(exchange)).await,
        (Endpoint::Count, _) => Box::pin(count::handle(exchange)).await,
        (Endpoint::Query, _) => Box::pin(list::handle_posted(exchange, body)).await,
        (Endpoint::Delta, _) => Box::pin(delta::handle(exchange)).await,
        (Endpoint::Create, _) => Box::pin(create::handle(exchange, body)).await,
        (Endpoint::Get, Resource::Item(key)) => get::handle(exchange, id(&key)?).await,
        (Endpoint::Update, Resource::Item(key)) => Box::pin(update::handle(exchange, id(&key)?, body)).await,
        (Endpoint::Delete, Resource::Item(key)) => Box::pin(delete::handle(exchange, id(&key)?)).await,
        (Endpoint::Property, Resource::Property { key, path, part }) => {
            Box::pin(property::handle(exchange, id(&key)?, &path, part)).await
        }
        (Endpoint::Cancel, Resource::Cancel(key)) => {
            Box::pin(cancel::handle(exchange, id(&key)?, body)).await
        }
        (Endpoint::Security, _) => metadata::singleton(exchange),
        (Endpoint::Batch, _) => Box::pin(batch::handle(exchange, body)).await,
        (
            Endpoint::Get
            | Endpoint::Update
            | Endpoint::Delete
            | Endpoint::Property
            | Endpoint::Cancel
            | Endpoint::Service
            | Endpoint::Metadata,
            _,
        ) => Err(GraphError::internal()),
    }
}

/// The id in an address. What is no GUID names no action.
fn action_id(key: &str) -> GraphResult<ActionId> {
    ActionId::parse(key).ok_or_else(|| GraphError::not_found(&key.chars().take(100).collect::<String>()))
}
