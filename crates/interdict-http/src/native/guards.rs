//! `/api/v1/protected-targets`: what no action may touch, or only after approval.

use axum::body::Body;
use http::StatusCode;
use interdict_model::guard::{self, ProtectedTarget};
use interdict_model::settings::{Setting, SettingKey};

use super::{Exchange, body, reply};
use crate::{ErrorKind, GraphError, GraphResult};

pub(super) async fn list(exchange: &Exchange<'_>) -> GraphResult {
    reply::list(exchange, all(exchange).await?, None)
}

pub(super) async fn get(exchange: &Exchange<'_>) -> GraphResult {
    let id = exchange.guid()?;
    let found = all(exchange).await?.into_iter().find(|target| target.id == id);
    reply::json(&found.ok_or_else(|| GraphError::not_found(&id.to_string()))?)
}

pub(super) async fn create(exchange: &Exchange<'_>, body: Body) -> GraphResult {
    let target: ProtectedTarget = body::read(exchange, body).await?;
    let target = ProtectedTarget { id: exchange.state.ids.action().0, ..target };
    let target = put(exchange, target, false).await?;
    let address = format!("/api/v1/protected-targets/{}", target.id);
    reply::created(exchange, &target, &address)
}

pub(super) async fn update(exchange: &Exchange<'_>, body: Body) -> GraphResult {
    let target: ProtectedTarget = body::read(exchange, body).await?;
    let target = ProtectedTarget { id: exchange.guid()?, ..target };
    reply::json(&put(exchange, target, true).await?)
}

pub(super) async fn delete(exchange: &Exchange<'_>) -> GraphResult {
    let key = SettingKey::ProtectedTarget(exchange.guid()?);
    let removed = exchange.state.service.remove_setting(&exchange.caller, key).await;
    removed.map_err(|error| exchange.refusal(error))?;
    Ok(reply::empty(StatusCode::NO_CONTENT))
}

async fn put(
    exchange: &Exchange<'_>,
    mut target: ProtectedTarget,
    exists: bool,
) -> GraphResult<ProtectedTarget> {
    target.normalise().map_err(|faults| GraphError::of_faults(ErrorKind::BadRequest, faults))?;
    let setting = Setting::ProtectedTarget(target);
    let put = exchange.state.service.put_setting(&exchange.caller, setting, Some(exists)).await;
    match put.map_err(|error| exchange.refusal(error))? {
        Setting::ProtectedTarget(target) => Ok(target),
        _ => Err(GraphError::internal()),
    }
}

/// The tenant's own, behind those that are always there.
async fn all(exchange: &Exchange<'_>) -> GraphResult<Vec<ProtectedTarget>> {
    let settings = exchange.state.service.settings(&exchange.caller).await;
    let settings = settings.map_err(|error| exchange.refusal(error))?;
    let own = exchange.state.service.own_targets();
    let always = guard::well_known().iter().chain(&*own).cloned();
    Ok(always.chain(settings.protected.into_values()).collect())
}
