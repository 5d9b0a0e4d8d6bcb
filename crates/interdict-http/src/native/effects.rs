//! What is in force: `GET /api/v1/providers/{id}/effects` and `GET /api/v1/effects`.

use std::fmt;

use interdict_app::EffectsPage;
use interdict_model::action::KeyValuePair;
use interdict_model::effect::{Effect, EffectState};
use interdict_model::raw_json::RawJson;
use interdict_model::{ActionId, EffectId, ProviderId, Timestamp};
use serde::Serialize;

use super::{Exchange, parameters, reply};
use crate::{ErrorKind, GraphError, GraphResult};

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ShownEffect<'a> {
    id: EffectId,
    key: &'a str,
    provider: ProviderId,
    action: &'a str,
    target: Option<&'a str>,
    parameters: &'a [KeyValuePair],
    state: EffectState,
    until: Option<Timestamp>,
    holders: Vec<ActionId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    undo: Option<&'a RawJson>,
}

impl<'a> ShownEffect<'a> {
    fn of(effect: &'a Effect) -> Self {
        Self {
            id: effect.id,
            key: &effect.key.text,
            provider: effect.key.provider,
            action: &effect.action,
            target: effect.target.as_ref().map(|target| target.text.as_str()),
            parameters: &effect.parameters,
            state: effect.state,
            until: effect.until(),
            holders: effect.holders.iter().map(|holder| holder.action).collect(),
            undo: effect.undo.as_ref(),
        }
    }
}

#[derive(Serialize)]
struct Changes<'a> {
    value: Vec<ShownEffect<'a>>,
    cursor: String,
    #[serde(rename = "hasMore", skip_serializing_if = "std::ops::Not::not")]
    more: bool,
    /// What is not told of may be in force.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    restored: bool,
}

/// Where changes go on: the store's epoch, and up to which entry effects were told. While only additions are told it says
/// so, since what was left out must be told once it may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Cursor {
    epoch: u32,
    reached: i64,
    additions: bool,
}

impl Cursor {
    fn parse(text: &str) -> Option<Self> {
        let (epoch, reached) = text.split_once('-')?;
        let (additions, epoch) = match epoch.strip_prefix('r') {
            Some(epoch) => (true, epoch),
            None => (false, epoch),
        };
        let reached = reached.parse().ok().filter(|reached| *reached >= 0)?;
        Some(Self { epoch: epoch.parse().ok()?, reached, additions })
    }
}

impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { epoch, reached, additions } = self;
        write!(f, "{}{epoch}-{reached}", if *additions { "r" } else { "" })
    }
}

pub(super) async fn of_provider(exchange: &Exchange<'_>) -> GraphResult {
    let provider = ProviderId(exchange.guid()?);
    let epoch = exchange.state.service.epoch();
    let gone = |message: &str| GraphError::new(ErrorKind::Gone, message);
    let given = match parameters::one(exchange.parts, "cursor")? {
        None => None,
        Some(text) => {
            let message = "it must be the `cursor` of an earlier answer";
            let wrong = || GraphError::bad_request("invalidValue", "cursor", message);
            let cursor = Cursor::parse(&text).ok_or_else(wrong)?;
            if cursor.epoch != epoch {
                return Err(gone("The cursor is of before the store was restored: read all effects anew."));
            }
            Some(cursor)
        }
    };
    let after = given.map_or(0, |cursor| cursor.reached);
    let page = exchange.state.service.effects(&exchange.caller, provider, after).await;
    let EffectsPage { effects, reached, more, unsure } = page.map_err(|error| exchange.refusal(error))?;
    if given.is_some_and(|cursor| cursor.additions) && !unsure {
        return Err(gone("An operator confirmed what was restored since: read all effects anew."));
    }
    let value = effects.iter().map(ShownEffect::of).collect();
    let cursor = Cursor { epoch, reached, additions: unsure }.to_string();
    reply::json(&Changes { value, cursor, more, restored: unsure })
}

pub(super) async fn on_target(exchange: &Exchange<'_>) -> GraphResult {
    let Some(target) = parameters::one(exchange.parts, "target")? else {
        let message = "say which, as `?target=10.0.0.5`";
        return Err(GraphError::bad_request("required", "target", message));
    };
    let effects = exchange.state.service.effects_on(&exchange.caller, &target).await;
    let effects = effects.map_err(|error| exchange.refusal(error))?;
    reply::list(exchange, effects.iter().map(ShownEffect::of).collect(), None)
}
