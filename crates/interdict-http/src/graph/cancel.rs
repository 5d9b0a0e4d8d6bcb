//! `POST …/securityActions/{id}/cancelSecurityAction`

use axum::body::Body;
use http::StatusCode;
use interdict_model::ActionId;

use super::{Exchange, body, reply};
use crate::GraphResult;
use crate::extract::{content, precondition};

pub(super) async fn handle(exchange: &Exchange<'_>, id: ActionId, body: Body) -> GraphResult {
    let condition = precondition::of_write(&exchange.parts.headers)?;
    body::check_empty(&content::read_optional_json(exchange.parts, body).await?)?;
    exchange
        .state
        .service
        .cancel_action(&exchange.caller, id, condition, None)
        .await
        .map_err(|error| exchange.refusal(error))?;
    Ok(reply::empty(StatusCode::OK))
}
