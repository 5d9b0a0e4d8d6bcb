//! `POST /$batch`: several requests in one, JSON alone.
//!
//! Each item becomes a request of its own and goes the way of any other, with the caller of the whole: it has its own
//! ids, limits, errors, metrics and line of log.

mod address;
mod answer;
mod envelope;
mod item;
mod order;
mod payload;
mod run;

use std::sync::Arc;

use axum::body::Body;
use http::{HeaderValue, StatusCode};

use super::{Exchange, body, reply};
use crate::extract::content;
use crate::extract::media::JsonForm;
use crate::{ErrorKind, GraphError, GraphResult};
use envelope::Item;
use item::{Batch, Prepared};
use run::{Bounds, Stop};

/// Bytes of a batch. Each item's body has the limit of any other body.
const BODY_MAX: usize = 4 * 1024 * 1024;

const BASE64_ITEMS: HeaderValue = HeaderValue::from_static("interdict.batch-body=base64");

pub(super) async fn handle(exchange: &Exchange<'_>, body: Body) -> GraphResult {
    exchange.accepted().json()?;
    let preferences = exchange.preferences();
    let bytes = content::read_json_within(exchange.parts, body, BODY_MAX).await?;
    let items = envelope::read(body::text(&bytes)?)?;
    let waits = order::resolve(&items)?;
    let batch = Arc::new(Batch::of(exchange));
    let prepared = items.iter().enumerate().map(|(at, item)| Prepared::of(&batch, at, item));
    let start = |item: &mut Prepared, stop: Option<Stop>| {
        item::answer(Arc::clone(&batch), item.take(stop.map(|stop| refusal(stop, &items))))
    };
    let answers = run::all(prepared.zip(waits), Prepared::is_small, Bounds::default(), start).await;
    let body = answer::render(&items, &answers, preferences.base64_items)?;
    let mut response = reply::json(StatusCode::OK, body, JsonForm::default());
    if preferences.base64_items {
        response.headers_mut().insert(reply::PREFERENCE_APPLIED, BASE64_ITEMS);
    }
    Ok(response)
}

/// Reads a batch and its items' addresses, as far as that goes without a caller.
#[cfg(feature = "fuzz")]
pub(super) fn fuzz(bytes: &[u8]) -> GraphResult<()> {
    let items = envelope::read(body::text(bytes)?)?;
    order::resolve(&items)?;
    let addresses = address::Addresses::for_host("h");
    items.iter().enumerate().try_for_each(|(at, item)| addresses.resolve(&item.url, at).map(drop))
}

/// What an item is answered that does not run, or not to its end.
fn refusal(stop: Stop, items: &[Item<'_>]) -> Box<GraphError> {
    match stop {
        Stop::Failed(at) => {
            let id = items.get(at).map(|item| envelope::shown(&item.id)).unwrap_or_default();
            let message = format!("The request was not sent: request `{id}`, which it depends on, failed.");
            GraphError::new(ErrorKind::FailedDependency, message)
        }
        Stop::Late => GraphError::unavailable(
            "The time of the batch was over before this request began; nothing happened. Send it again.",
            1,
        ),
        Stop::Panicked(text) => GraphError::internal().because(format!("a handler panicked: {text}")),
    }
}
