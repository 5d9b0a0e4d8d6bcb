//! `GET …/securityActions/$count`

use super::{Exchange, query, reply};
use crate::GraphResult;

pub(super) async fn handle(exchange: &Exchange<'_>) -> GraphResult {
    let query = query::of_count(exchange)?;
    exchange.accepted().text()?;
    let count = exchange
        .state
        .service
        .count_actions(&exchange.caller, &query)
        .await
        .map_err(|error| exchange.refusal(error))?;
    Ok(reply::number(count))
}
