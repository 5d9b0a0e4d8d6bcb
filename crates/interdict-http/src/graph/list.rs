//! `GET …/securityActions`

use http::StatusCode;

use super::render::{self, Form};
use super::{Exchange, query, reply};
use crate::GraphResult;

/// Rows of a page where the client does not say.
const PAGE_SIZE: u32 = 100;

pub(super) async fn handle(exchange: &Exchange<'_>) -> GraphResult {
    let metadata = exchange.accepted().json()?;
    let preferences = exchange.preferences();
    let mut query = query::bound(exchange)?;
    let asked = query.top.unwrap_or(PAGE_SIZE);
    let lowered = preferences.max_page_size.filter(|size| *size <= asked);
    query.top = lowered.or(query.top);
    let page = exchange
        .state
        .service
        .list_actions(&exchange.caller, &query)
        .await
        .map_err(|error| exchange.refusal(error))?;
    let next = page
        .next
        .as_deref()
        .map(|token| render::next_link(&exchange.base, exchange.parts.uri.query(), token));
    let form = Form { metadata, select: query.select.as_deref() };
    let body = render::page(&exchange.base, &page, next.as_deref(), form)?;
    Ok(reply::with_applied(reply::json(StatusCode::OK, body, metadata), &preferences, false, lowered))
}
