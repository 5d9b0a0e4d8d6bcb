//! `POST …/securityActions`

use axum::body::Body;
use http::StatusCode;

use super::body::{self, Purpose};
use super::render::{self, Form};
use super::{Exchange, reply};
use crate::GraphResult;
use crate::extract::content;
use crate::extract::prefer::Return;

pub(super) async fn handle(exchange: &Exchange<'_>, body: Body) -> GraphResult {
    let json = exchange.accepted().json()?;
    let preferences = exchange.preferences();
    exchange.caller.may_write_actions().map_err(|error| exchange.refusal(error))?;
    let bytes = content::read_json(exchange.parts, body).await?;
    let provenance = exchange.caller.actor.writes_provenance();
    let purpose = Purpose { create: true, provenance, strict: preferences.strict };
    let decoded = body::decode(&bytes, purpose)?;
    let written = exchange
        .state
        .service
        .create_action(&exchange.caller, decoded, preferences.strict)
        .await
        .map_err(|error| exchange.refusal(error))?;
    let minimal = preferences.returns == Some(Return::Minimal);
    let response = if minimal {
        reply::empty(StatusCode::NO_CONTENT)
    } else {
        let form = Form::stored(json);
        let body = render::entity(&exchange.base, written.version, written.document.as_bytes(), form)?;
        reply::json(StatusCode::CREATED, body, json)
    };
    let address = format!("{}/security/securityActions/{}", exchange.base, written.id);
    let response = reply::with_location(reply::with_etag(response, written.version), &address, minimal);
    Ok(reply::with_applied(reply::with_recorded_warning(response), &preferences, true, None))
}
