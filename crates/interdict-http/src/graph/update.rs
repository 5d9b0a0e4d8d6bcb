//! `PATCH …/securityActions/{id}`

use axum::body::Body;
use http::StatusCode;
use interdict_model::ActionId;

use super::body::{self, Purpose};
use super::render::{self, Form};
use super::{Exchange, reply};
use crate::GraphResult;
use crate::extract::prefer::Return;
use crate::extract::{content, precondition};

pub(super) async fn handle(exchange: &Exchange<'_>, id: ActionId, body: Body) -> GraphResult {
    let json = exchange.accepted().json()?;
    let preferences = exchange.preferences();
    let condition = precondition::of_write(&exchange.parts.headers)?;
    exchange.caller.may_write_actions().map_err(|error| exchange.refusal(error))?;
    let bytes = content::read_json(exchange.parts, body).await?;
    let provenance = exchange.caller.actor.writes_provenance();
    let purpose = Purpose { create: false, provenance, strict: preferences.strict };
    let decoded = body::decode(&bytes, purpose)?;
    let written = exchange
        .state
        .service
        .update_action(&exchange.caller, id, decoded, condition, preferences.strict)
        .await
        .map_err(|error| exchange.refusal(error))?;
    let response = if preferences.returns == Some(Return::Minimal) {
        reply::empty(StatusCode::NO_CONTENT)
    } else {
        let form = Form::stored(json);
        let body = render::entity(&exchange.base, written.version, written.document.as_bytes(), form)?;
        let shown = written.execution.as_deref().filter(|_| preferences.execution);
        let body = render::with_execution(body, shown)?;
        reply::json(StatusCode::OK, body, json)
    };
    Ok(reply::with_applied(reply::with_etag(response, written.version), &preferences, true, None))
}
