//! `/api/v1/providers`: registering executors.

use std::collections::HashMap;

use axum::body::Body;
use http::StatusCode;
use interdict_model::provider::{Delivery, LEASE_SECONDS, MAX_CONCURRENT, Provider, ProviderChange, Scope};
use interdict_model::settings::{Setting, SettingKey};
use interdict_model::{AppId, ProviderId, Timestamp};
use serde::{Deserialize, Serialize};

use super::{Exchange, body, reply};
use crate::{ErrorKind, GraphError, GraphResult};

/// A registration as a client writes it; what the server keeps may be sent back, and counts for nothing.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct ProviderBody {
    #[serde(default, rename = "id")]
    _id: Option<serde_json::Value>,
    #[serde(default, rename = "lastSeen")]
    _last_seen: Option<serde_json::Value>,
    #[serde(default, rename = "paused")]
    _paused: Option<serde_json::Value>,
    #[serde(default)]
    vendor: Option<String>,
    #[serde(default)]
    provider: Option<String>,
    #[serde(default, deserialize_with = "body::given")]
    sub_provider: Option<Option<String>>,
    #[serde(default)]
    delivery: Option<Delivery>,
    #[serde(default)]
    actions: Option<Vec<String>>,
    #[serde(default)]
    scope: Option<Scope>,
    #[serde(default)]
    max_concurrent: Option<u32>,
    #[serde(default)]
    lease_seconds: Option<u32>,
    #[serde(default)]
    enabled: Option<bool>,
    #[serde(default, deserialize_with = "body::given")]
    app_id: Option<Option<AppId>>,
}

impl From<ProviderBody> for ProviderChange {
    fn from(body: ProviderBody) -> Self {
        Self {
            vendor: body.vendor,
            provider: body.provider,
            sub_provider: body.sub_provider,
            delivery: body.delivery,
            actions: body.actions,
            scope: body.scope,
            max_concurrent: body.max_concurrent,
            lease_seconds: body.lease_seconds,
            enabled: body.enabled,
            app_id: body.app_id,
        }
    }
}

#[derive(Serialize)]
struct ShownProvider<'a> {
    #[serde(flatten)]
    provider: &'a Provider,
    #[serde(rename = "lastSeen")]
    last_seen: Option<Timestamp>,
}

pub(super) async fn list(exchange: &Exchange<'_>) -> GraphResult {
    let (providers, seen) = known(exchange).await?;
    let mut shown: Vec<_> = providers
        .values()
        .map(|provider| ShownProvider { provider, last_seen: seen.get(&provider.id).copied() })
        .collect();
    shown.sort_by_key(|shown| shown.provider.address());
    reply::list(exchange, shown, None)
}

pub(super) async fn get(exchange: &Exchange<'_>) -> GraphResult {
    let id = ProviderId(exchange.guid()?);
    let (providers, seen) = known(exchange).await?;
    let provider = providers.get(&id).ok_or_else(|| GraphError::not_found(&id.to_string()))?;
    reply::json(&ShownProvider { provider, last_seen: seen.get(&id).copied() })
}

pub(super) async fn create(exchange: &Exchange<'_>, body: Body) -> GraphResult {
    let given: ProviderBody = body::read(exchange, body).await?;
    let mut provider = Provider {
        id: ProviderId(exchange.state.ids.action().0),
        vendor: String::new(),
        provider: String::new(),
        sub_provider: None,
        delivery: Delivery::Pull,
        actions: Vec::new(),
        scope: Scope::Any,
        max_concurrent: MAX_CONCURRENT,
        lease_seconds: LEASE_SECONDS,
        enabled: true,
        paused: false,
        app_id: None,
    };
    ProviderChange::from(given).write_to(&mut provider);
    let faults = provider.faults();
    if !faults.is_empty() {
        return Err(GraphError::of_faults(ErrorKind::BadRequest, faults));
    }
    let setting = Setting::Provider(provider);
    let put = exchange.state.service.put_setting(&exchange.caller, setting, Some(false)).await;
    let shown = provider_of(exchange, put.map(|(setting, _)| setting))?;
    let address = format!("/api/v1/providers/{}", shown.id);
    let shown = ShownProvider { provider: &shown, last_seen: None };
    reply::created(exchange, &shown, &address)
}

pub(super) async fn update(exchange: &Exchange<'_>, body: Body) -> GraphResult {
    let id = ProviderId(exchange.guid()?);
    let given: ProviderBody = body::read(exchange, body).await?;
    let service = &exchange.state.service;
    let provider = provider_of(exchange, service.change_provider(&exchange.caller, id, given.into()).await)?;
    let (_, seen) = known(exchange).await?;
    reply::json(&ShownProvider { provider: &provider, last_seen: seen.get(&id).copied() })
}

pub(super) async fn delete(exchange: &Exchange<'_>) -> GraphResult {
    let key = SettingKey::Provider(ProviderId(exchange.guid()?));
    let removed = exchange.state.service.remove_setting(&exchange.caller, key).await;
    removed.map_err(|error| exchange.refusal(error))?;
    Ok(reply::empty(StatusCode::NO_CONTENT))
}

pub(super) async fn pause(exchange: &Exchange<'_>, paused: bool) -> GraphResult {
    let id = ProviderId(exchange.guid()?);
    let service = &exchange.state.service;
    let provider = provider_of(exchange, service.pause_provider(&exchange.caller, id, paused).await)?;
    let (_, seen) = known(exchange).await?;
    reply::json(&ShownProvider { provider: &provider, last_seen: seen.get(&id).copied() })
}

/// The provider that a setting is.
fn provider_of(
    exchange: &Exchange<'_>,
    written: Result<Setting, interdict_app::Error>,
) -> GraphResult<Provider> {
    match written.map_err(|error| exchange.refusal(error))? {
        Setting::Provider(provider) => Ok(provider),
        _ => Err(GraphError::internal()),
    }
}

/// The tenant's providers, and when each was heard of last.
async fn known(
    exchange: &Exchange<'_>,
) -> GraphResult<(HashMap<ProviderId, Provider>, HashMap<ProviderId, Timestamp>)> {
    let service = &exchange.state.service;
    let settings = service.settings(&exchange.caller).await.map_err(|error| exchange.refusal(error))?;
    let seen = service.last_seen(&exchange.caller).await.map_err(|error| exchange.refusal(error))?;
    Ok((settings.providers.into_iter().collect(), seen))
}
