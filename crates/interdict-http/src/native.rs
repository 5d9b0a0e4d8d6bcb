//! The native face, `/api/v1`: plain JSON, the same tokens, request ids and errors as the Graph face.

mod actions;
mod audit;
mod body;
mod bulk;
mod catalog;
mod effects;
mod endpoint;
mod guard_rails;
mod leases;
mod parameters;
mod providers;
mod reply;
mod tenant;

use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::response::Response;
use axum::routing::{MethodFilter, on};
use http::request::Parts;
use interdict_app::Caller;
use interdict_model::command::BulkVerb;
use interdict_model::guard::{ApprovalRule, ProtectedTarget};
use uuid::Uuid;

pub use endpoint::Endpoint;

use crate::extract::media::Accepted;
use crate::extract::{address, caller};
use crate::observe::{Label, RequestIds};
use crate::{GraphError, GraphResult, HttpState, percent};

/// The routes.
pub(crate) fn routes() -> Router<Arc<HttpState>> {
    Endpoint::ALL.into_iter().fold(Router::new(), |routes, endpoint| {
        let handler = move |State(state): State<Arc<HttpState>>, request: Request| async move {
            serve(&state, endpoint, request).await
        };
        let method = match endpoint.method() {
            "POST" => MethodFilter::POST,
            "PATCH" => MethodFilter::PATCH,
            "PUT" => MethodFilter::PUT,
            "DELETE" => MethodFilter::DELETE,
            _ => MethodFilter::GET,
        };
        routes.route(endpoint.template(), on(method, handler))
    })
}

/// A request whose caller is known.
struct Exchange<'a> {
    state: &'a HttpState,
    parts: &'a Parts,
    caller: Caller,
    endpoint: Endpoint,
}

impl Exchange<'_> {
    /// What stands in the address where the template has a name in braces: no endpoint has two.
    fn key(&self) -> GraphResult<String> {
        let template = self.endpoint.template().split('/');
        let named = template.zip(self.parts.uri.path().split('/')).find(|(name, _)| name.starts_with('{'));
        let key = named.map(|(_, value)| percent::decode(value).into_owned());
        key.ok_or_else(|| GraphError::not_found(""))
    }

    /// The same, where it must be a GUID.
    fn guid(&self) -> GraphResult<Uuid> {
        let key = self.key()?;
        let guid = (key.len() == 36).then(|| Uuid::try_parse(&key).ok()).flatten();
        guid.ok_or_else(|| GraphError::not_found(&key.chars().take(100).collect::<String>()))
    }

    /// What a use case's error is to this caller.
    fn refusal(&self, error: interdict_app::Error) -> Box<GraphError> {
        GraphError::of_use_case(error, &self.caller.actor)
    }
}

async fn serve(state: &HttpState, endpoint: Endpoint, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let ids = RequestIds::given(&parts, state);
    let mut tenant = None;
    let answer = async {
        address::check_length(&parts)?;
        let caller = caller::authenticate(state, &parts, ids.request).await?;
        tenant = Some(caller.actor.tenant());
        Accepted::read(&parts.headers).json()?;
        let held = caller.holds(endpoint.permissions());
        held.map_err(|error| GraphError::of_use_case(error, &caller.actor))?;
        let exchange = Exchange { state, parts: &parts, caller, endpoint };
        Box::pin(handle(endpoint, &exchange, body)).await
    };
    let mut response = match answer.await {
        Ok(response) => response,
        Err(error) => ids.refuse(error, state.clock.now()),
    };
    response.extensions_mut().insert(Label { route: endpoint.template(), tenant });
    response
}

async fn handle(endpoint: Endpoint, exchange: &Exchange<'_>, body: Body) -> GraphResult {
    match endpoint {
        Endpoint::Audit => audit::entries(exchange).await,
        Endpoint::Seals => audit::seals(exchange).await,
        Endpoint::Actions => actions::list(exchange).await,
        Endpoint::Action => actions::get(exchange).await,
        Endpoint::Timeline => audit::timeline(exchange).await,
        Endpoint::Cancel => actions::cancel(exchange, body).await,
        Endpoint::Undo => actions::undo(exchange, body).await,
        Endpoint::Extend => actions::extend(exchange, body).await,
        Endpoint::Approve => actions::judge(exchange, body, true).await,
        Endpoint::Reject => actions::judge(exchange, body, false).await,
        Endpoint::ApprovalRules => guard_rails::list::<ApprovalRule>(exchange).await,
        Endpoint::CreateApprovalRule => guard_rails::create::<ApprovalRule>(exchange, body).await,
        Endpoint::ApprovalRule => guard_rails::get::<ApprovalRule>(exchange).await,
        Endpoint::UpdateApprovalRule => guard_rails::update::<ApprovalRule>(exchange, body).await,
        Endpoint::DeleteApprovalRule => guard_rails::delete::<ApprovalRule>(exchange).await,
        Endpoint::BulkCancel => bulk::handle(exchange, body, BulkVerb::Cancel).await,
        Endpoint::BulkUndo => bulk::handle(exchange, body, BulkVerb::Undo).await,
        Endpoint::Effects => effects::on_target(exchange).await,
        Endpoint::Catalog => catalog::list(exchange).await,
        Endpoint::CreateDefinition => catalog::create(exchange, body).await,
        Endpoint::Definition => catalog::get(exchange).await,
        Endpoint::UpdateDefinition => catalog::update(exchange, body).await,
        Endpoint::DeleteDefinition => catalog::delete(exchange).await,
        Endpoint::Providers => providers::list(exchange).await,
        Endpoint::CreateProvider => providers::create(exchange, body).await,
        Endpoint::Provider => providers::get(exchange).await,
        Endpoint::UpdateProvider => providers::update(exchange, body).await,
        Endpoint::DeleteProvider => providers::delete(exchange).await,
        Endpoint::PauseProvider => providers::pause(exchange, true).await,
        Endpoint::ResumeProvider => providers::pause(exchange, false).await,
        Endpoint::ProviderEffects => effects::of_provider(exchange).await,
        Endpoint::Lease => leases::lease(exchange, body).await,
        Endpoint::Renew => leases::renew(exchange, body).await,
        Endpoint::Complete => leases::complete(exchange, body).await,
        Endpoint::Fail => leases::fail(exchange, body).await,
        Endpoint::Release => leases::release(exchange, body).await,
        Endpoint::ProtectedTargets => guard_rails::list::<ProtectedTarget>(exchange).await,
        Endpoint::CreateProtectedTarget => guard_rails::create::<ProtectedTarget>(exchange, body).await,
        Endpoint::ProtectedTarget => guard_rails::get::<ProtectedTarget>(exchange).await,
        Endpoint::UpdateProtectedTarget => guard_rails::update::<ProtectedTarget>(exchange, body).await,
        Endpoint::DeleteProtectedTarget => guard_rails::delete::<ProtectedTarget>(exchange).await,
        Endpoint::Tenant => tenant::get(exchange).await,
        Endpoint::UpdateTenant => tenant::update(exchange, body).await,
        Endpoint::PauseTenant => tenant::pause(exchange, true).await,
        Endpoint::ResumeTenant => tenant::pause(exchange, false).await,
        Endpoint::ConfirmRestore => tenant::confirm(exchange).await,
    }
}
