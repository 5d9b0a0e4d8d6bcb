//! `DELETE …/securityActions/{id}`

use http::StatusCode;
use interdict_model::ActionId;

use super::{Exchange, reply};
use crate::GraphResult;
use crate::extract::precondition;

pub(super) async fn handle(exchange: &Exchange<'_>, id: ActionId) -> GraphResult {
    let condition = precondition::of_write(&exchange.parts.headers)?;
    exchange
        .state
        .service
        .delete_action(&exchange.caller, id, condition)
        .await
        .map_err(|error| exchange.refusal(error))?;
    Ok(reply::empty(StatusCode::NO_CONTENT))
}
