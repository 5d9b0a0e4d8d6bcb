//! The emergency stop: `POST /api/v1/bulk/cancel` and `/api/v1/bulk/undo`.

use axum::body::Body;
use interdict_app::BulkRequest;
use interdict_model::ActionId;
use interdict_model::command::BulkVerb;
use interdict_model::edm::CARRIED_OUT_ACTION;
use interdict_odata::bind::bind_query;
use serde::{Deserialize, Serialize};

use super::{Exchange, actions, body, reply};
use crate::{GraphError, GraphResult, percent};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct BulkBody {
    filter: String,
    #[serde(default)]
    preview: bool,
    #[serde(default)]
    comment: Option<String>,
}

#[derive(Serialize)]
struct ShownOutcome {
    selected: usize,
    changed: usize,
    preview: bool,
    value: Vec<ActionId>,
}

pub(super) async fn handle(exchange: &Exchange<'_>, body: Body, verb: BulkVerb) -> GraphResult {
    let BulkBody { filter, preview, comment } = body::read(exchange, body).await?;
    actions::check_comment(comment.as_deref())?;
    if filter.trim().is_empty() {
        let message = "say which actions, as `appId eq '…' and createdDateTime ge 2026-01-31T09:00:00Z`";
        return Err(GraphError::bad_request("required", "filter", message));
    }
    let mut option = "$filter=".to_owned();
    percent::encode_query(&filter, &mut option);
    let query = bind_query(&option, &CARRIED_OUT_ACTION).map_err(GraphError::of_query)?;
    let request = BulkRequest { verb, filter, query, comment, preview };
    let outcome = exchange.state.service.bulk(&exchange.caller, request).await;
    let outcome = outcome.map_err(|error| exchange.refusal(error))?;
    let (selected, changed) = (outcome.selected.len(), outcome.changed);
    reply::json(&ShownOutcome { selected, changed, preview, value: outcome.selected })
}
