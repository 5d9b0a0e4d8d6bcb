//! `GET …/securityActions/{id}`

use axum::response::Response;
use http::StatusCode;
use interdict_model::{ActionId, Refusal, Version};

use super::render::{self, Form};
use super::{Exchange, query, reply};
use crate::extract::precondition;
use crate::{GraphError, GraphResult, warning};

pub(super) async fn handle(exchange: &Exchange<'_>, id: ActionId) -> GraphResult {
    let query = query::of_one(exchange)?;
    let json = exchange.json(&query)?;
    if exchange.preferences().execution {
        return with_execution(exchange, id, Form { json, select: query.select.as_deref() }).await;
    }
    let found = exchange.state.service.get_action(&exchange.caller, id).await;
    let action = found.map_err(|error| exchange.refusal(error))?;
    if let Some(unchanged) = unchanged(exchange, action.version)? {
        return Ok(unchanged);
    }
    let form = Form { json, select: query.select.as_deref() };
    let body = render::entity(&exchange.base, action.version, &action.document, form)?;
    Ok(reply::with_etag(reply::json(StatusCode::OK, body, json), action.version))
}

/// The action, and how it is carried out.
async fn with_execution(exchange: &Exchange<'_>, id: ActionId, form: Form<'_>) -> GraphResult {
    let found = exchange.state.service.get_execution(&exchange.caller, id).await;
    let action = found.map_err(|error| exchange.refusal(error))?;
    if let Some(unchanged) = unchanged(exchange, action.version)? {
        return Ok(unchanged);
    }
    let body = render::entity(&exchange.base, action.version, action.document.as_bytes(), form)?;
    let body = render::with_execution(body, action.execution.as_deref())?;
    let response = reply::with_etag(reply::json(StatusCode::OK, body, form.json), action.version);
    let response = reply::with_applied(response, &exchange.preferences(), true, None);
    Ok(warning::of_missed(action.execution.as_deref(), response))
}

/// 304 where the client has this version already.
///
/// # Errors
/// 412 where `If-Match` names another.
pub(super) fn unchanged(exchange: &Exchange<'_>, version: Version) -> GraphResult<Option<Response>> {
    let headers = &exchange.parts.headers;
    if !precondition::admits_read(headers, version) {
        return Err(GraphError::of_refusal(Refusal::PreconditionFailed));
    }
    let known = precondition::has_already(headers, version);
    Ok(known.then(|| reply::with_etag(reply::empty(StatusCode::NOT_MODIFIED), version)))
}
