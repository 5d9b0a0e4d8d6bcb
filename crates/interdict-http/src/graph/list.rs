//! `GET …/securityActions`, and `POST …/securityActions/$query` for options that no address has room for (OData 4.01,
//! part 2, 4.17: they are the body, written as in an address).

use axum::body::Body;
use http::StatusCode;

use super::render::{self, Form};
use super::{Exchange, query, reply};
use crate::extract::{address, content};
use crate::{GraphError, GraphResult};

pub(super) async fn handle(exchange: &Exchange<'_>) -> GraphResult {
    page(exchange, exchange.parts.uri.query()).await
}

/// The options of the address and those of the body are one list; an option in both is there twice.
pub(super) async fn handle_posted(exchange: &Exchange<'_>, body: Body) -> GraphResult {
    let bytes = content::read_text_within(exchange.parts, body, address::MAX).await?;
    let posted = std::str::from_utf8(&bytes).map_err(|_| {
        GraphError::bad_request(
            "syntaxError",
            "",
            "the body is not UTF-8: send query options as in an address",
        )
    })?;
    let given = exchange.parts.uri.query().unwrap_or_default();
    page(exchange, Some(&format!("{given}&{}", posted.trim()))).await
}

async fn page(exchange: &Exchange<'_>, options: Option<&str>) -> GraphResult {
    let preferences = exchange.preferences();
    let mut query = query::bind(options)?;
    let json = exchange.json(&query)?;
    let lowered = query::prefer_size(&mut query, &preferences);
    let page = exchange
        .state
        .service
        .list_actions(&exchange.caller, &query)
        .await
        .map_err(|error| exchange.refusal(error))?;
    let next = page.next.as_deref().map(|token| render::next_link(&exchange.base, options, token));
    if let Some(next) = &next {
        query::check_link(next)?;
    }
    let form = Form { json, select: query.select.as_deref() };
    let body = render::page(&exchange.base, &page, next.as_deref(), form)?;
    Ok(reply::with_applied(reply::json(StatusCode::OK, body, json), &preferences, false, lowered))
}
