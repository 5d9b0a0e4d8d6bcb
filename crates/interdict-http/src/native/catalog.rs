//! `/api/v1/catalog`: which actions there are, what each takes, and who carries it out.

use axum::body::Body;
use http::StatusCode;
use interdict_model::ProviderId;
use interdict_model::catalog::{self, Definition};
use interdict_model::settings::{Setting, SettingKey, Settings};
use serde::Serialize;

use super::{Exchange, body, reply};
use crate::{ErrorKind, GraphError, GraphResult};

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ShownDefinition<'a> {
    #[serde(flatten)]
    definition: &'a Definition,
    built_in: bool,
    providers: Vec<ProviderId>,
}

impl<'a> ShownDefinition<'a> {
    fn of(definition: &'a Definition, settings: &Settings) -> Self {
        let offering = settings.providers.values().filter(|provider| provider.offers(&definition.name));
        Self {
            built_in: !settings.definitions.contains_key(&definition.name.to_ascii_lowercase()),
            providers: offering.map(|provider| provider.id).collect(),
            definition,
        }
    }
}

pub(super) async fn list(exchange: &Exchange<'_>) -> GraphResult {
    let settings = settings(exchange).await?;
    let own = settings.definitions.values();
    let built_in = catalog::builtin()
        .iter()
        .filter(|definition| !settings.definitions.contains_key(&definition.name.to_ascii_lowercase()));
    let mut all: Vec<_> = own.chain(built_in).map(|it| ShownDefinition::of(it, &settings)).collect();
    all.sort_by(|a, b| a.definition.name.cmp(&b.definition.name));
    reply::list(exchange, all, None)
}

pub(super) async fn get(exchange: &Exchange<'_>) -> GraphResult {
    let name = exchange.key()?;
    let settings = settings(exchange).await?;
    let definition = settings.definition(&name).ok_or_else(|| GraphError::not_found(&name))?;
    reply::json(&ShownDefinition::of(definition, &settings))
}

pub(super) async fn create(exchange: &Exchange<'_>, body: Body) -> GraphResult {
    let definition: Definition = body::read(exchange, body).await?;
    let definition = put(exchange, definition, Some(false)).await?;
    let address = format!("/api/v1/catalog/{}", definition.name);
    let shown = ShownDefinition { definition: &definition, built_in: false, providers: Vec::new() };
    reply::created(exchange, &shown, &address)
}

pub(super) async fn update(exchange: &Exchange<'_>, body: Body) -> GraphResult {
    let name = exchange.key()?;
    let definition: Definition = body::read(exchange, body).await?;
    if !definition.name.eq_ignore_ascii_case(&name) {
        let message = "`name` is not the one in the address: a definition keeps its name";
        return Err(GraphError::bad_request("readOnly", "name", message));
    }
    let definition = put(exchange, definition, None).await?;
    reply::json(&ShownDefinition::of(&definition, &settings(exchange).await?))
}

pub(super) async fn delete(exchange: &Exchange<'_>) -> GraphResult {
    let key = SettingKey::Definition(exchange.key()?.to_ascii_lowercase());
    let removed = exchange.state.service.remove_setting(&exchange.caller, key).await;
    removed.map_err(|error| exchange.refusal(error))?;
    Ok(reply::empty(StatusCode::NO_CONTENT))
}

async fn put(
    exchange: &Exchange<'_>,
    definition: Definition,
    exists: Option<bool>,
) -> GraphResult<Definition> {
    let faults = definition.validate();
    if !faults.is_empty() {
        return Err(GraphError::of_faults(ErrorKind::BadRequest, faults));
    }
    let setting = Setting::Definition(definition);
    let put = exchange.state.service.put_setting(&exchange.caller, setting, exists).await;
    match put.map_err(|error| exchange.refusal(error))?.0 {
        Setting::Definition(definition) => Ok(definition),
        _ => Err(GraphError::internal()),
    }
}

async fn settings(exchange: &Exchange<'_>) -> GraphResult<Settings> {
    let settings = exchange.state.service.settings(&exchange.caller).await;
    settings.map_err(|error| exchange.refusal(error))
}
