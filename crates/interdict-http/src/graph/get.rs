//! `GET …/securityActions/{id}`

use http::StatusCode;
use interdict_model::ActionId;

use super::render::{self, Form};
use super::{Exchange, query, reply};
use crate::extract::precondition;
use crate::{GraphError, GraphResult};
use interdict_model::Refusal;

pub(super) async fn handle(exchange: &Exchange<'_>, id: ActionId) -> GraphResult {
    let metadata = exchange.accepted().json()?;
    let query = query::of_one(exchange)?;
    let found = exchange.state.service.get_action(&exchange.caller, id).await;
    let action = found.map_err(|error| exchange.refusal(error))?;
    let headers = &exchange.parts.headers;
    if !precondition::admits_read(headers, action.version) {
        return Err(GraphError::of_refusal(Refusal::PreconditionFailed));
    }
    if precondition::has_already(headers, action.version) {
        return Ok(reply::with_etag(reply::empty(StatusCode::NOT_MODIFIED), action.version));
    }
    let form = Form { metadata, select: query.select.as_deref() };
    let body = render::entity(&exchange.base, action.version, &action.document, form)?;
    Ok(reply::with_etag(reply::json(StatusCode::OK, body, metadata), action.version))
}
