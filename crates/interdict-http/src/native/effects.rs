//! What is in force: `GET /api/v1/providers/{id}/effects` and `GET /api/v1/effects`.

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
}

pub(super) async fn of_provider(exchange: &Exchange<'_>) -> GraphResult {
    let provider = ProviderId(exchange.guid()?);
    let epoch = exchange.state.service.epoch();
    let after = match parameters::one(exchange.parts, "cursor")? {
        None => 0,
        Some(text) => match text.split_once('-').map(|(epoch, after)| (epoch.parse(), after.parse())) {
            Some((Ok(given), Ok(after))) if given == epoch && after >= 0 => after,
            Some((Ok::<u32, _>(_), Ok::<i64, _>(_))) => {
                let message = "The cursor is of before the store was restored: read all effects anew.";
                return Err(GraphError::new(ErrorKind::Gone, message));
            }
            _ => {
                let message = "it must be the `cursor` of an earlier answer";
                return Err(GraphError::bad_request("invalidValue", "cursor", message));
            }
        },
    };
    let page = exchange.state.service.effects(&exchange.caller, provider, after).await;
    let page = page.map_err(|error| exchange.refusal(error))?;
    let value = page.effects.iter().map(ShownEffect::of).collect();
    reply::json(&Changes { value, cursor: format!("{epoch}-{}", page.reached), more: page.more })
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
