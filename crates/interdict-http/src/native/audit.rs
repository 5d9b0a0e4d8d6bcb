//! `GET /api/v1/audit` and `GET /api/v1/audit/seals`: the caller's tenant's journal, and its signed heads.

use std::sync::Arc;

use interdict_app::AuditQuery;
use interdict_model::journal::{Entry, Kind};
use interdict_model::seal::Seal;
use interdict_model::{ActionId, RequestId, Timestamp};
use serde::Serialize;
use serde_json::value::RawValue;
use uuid::Uuid;

use super::{Endpoint, Exchange, parameters, reply};
use crate::{GraphError, GraphResult};

pub(super) async fn entries(exchange: &Exchange<'_>) -> GraphResult {
    let query = parameters::audit(exchange.parts, true)?;
    let page = exchange.state.service.journal(&exchange.caller, query).await;
    let page = page.map_err(|error| refusal(exchange, error))?;
    let rows = page.rows.iter().map(ShownEntry::of).collect();
    reply::list(exchange, rows, page.next.map(|after| next(Endpoint::Audit, query, after)))
}

pub(super) async fn seals(exchange: &Exchange<'_>) -> GraphResult {
    let query = parameters::audit(exchange.parts, false)?;
    let page = exchange.state.service.seals(&exchange.caller, query).await;
    let page = page.map_err(|error| refusal(exchange, error))?;
    let rows = page.rows.iter().map(ShownSeal::of).collect();
    reply::list(exchange, rows, page.next.map(|after| next(Endpoint::Seals, query, after)))
}

/// `GET /api/v1/actions/{id}/timeline`: the entries about one action, for whoever may read it.
pub(super) async fn timeline(exchange: &Exchange<'_>) -> GraphResult {
    let id = ActionId(exchange.guid()?);
    let entries = exchange.state.service.timeline(&exchange.caller, id).await;
    let entries = entries.map_err(|error| refusal(exchange, error))?;
    reply::list(exchange, entries.iter().map(ShownEntry::of).collect(), None)
}

fn refusal(exchange: &Exchange<'_>, error: interdict_app::Error) -> Box<GraphError> {
    GraphError::of_use_case(error, &exchange.caller.actor)
}

/// Path and query of the page behind `after`.
fn next(endpoint: Endpoint, query: AuditQuery, after: i64) -> String {
    let subject = query.subject.map_or_else(String::new, |subject| format!("&subject={subject}"));
    format!("{}?after={after}&top={}{subject}", endpoint.template(), query.top)
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ShownEntry<'a> {
    sequence: i64,
    date_time: Timestamp,
    subject: Uuid,
    request_id: RequestId,
    kind: ShownKind,
    actor: Text<'a>,
    changes: Option<Text<'a>>,
    #[serde(with = "hex::serde")]
    previous: [u8; 32],
    #[serde(with = "hex::serde")]
    hash: [u8; 32],
}

/// By its name, or by its number where only a newer version knows it.
#[derive(Serialize)]
#[serde(untagged)]
enum ShownKind {
    Known(&'static str),
    Unknown(u8),
}

/// JSON as it is stored; a text that is none, which nobody but a forger writes, is shown as a string.
#[derive(Serialize)]
#[serde(untagged)]
enum Text<'a> {
    Json(&'a RawValue),
    Other(&'a str),
}

impl<'a> Text<'a> {
    fn of(text: &'a Arc<str>) -> Self {
        serde_json::from_str(text).map_or_else(|_| Self::Other(text), Self::Json)
    }
}

impl<'a> ShownEntry<'a> {
    fn of(entry: &'a Entry) -> Self {
        let kind = Kind::from_number(entry.kind);
        Self {
            sequence: entry.sequence,
            date_time: entry.at,
            subject: entry.subject,
            request_id: entry.request,
            kind: kind.map_or(ShownKind::Unknown(entry.kind), |kind| ShownKind::Known(kind.name())),
            actor: Text::of(&entry.actor),
            changes: (!entry.change.is_empty()).then(|| Text::of(&entry.change)),
            previous: entry.previous,
            hash: entry.hash,
        }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ShownSeal<'a> {
    sequence: i64,
    date_time: Timestamp,
    #[serde(with = "hex::serde")]
    hash: [u8; 32],
    key: &'a str,
    #[serde(with = "hex::serde")]
    signature: [u8; 64],
}

impl<'a> ShownSeal<'a> {
    fn of(seal: &'a Seal) -> Self {
        let Seal { sequence, hash, at, key, signature, .. } = seal;
        Self { sequence: *sequence, date_time: *at, hash: *hash, key, signature: *signature }
    }
}
