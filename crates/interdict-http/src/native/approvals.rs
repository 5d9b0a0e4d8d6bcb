//! `/api/v1/approval-rules`: who must agree to what.

use axum::body::Body;
use http::StatusCode;
use interdict_model::guard::ApprovalRule;
use interdict_model::settings::{Setting, SettingKey};

use super::{Exchange, body, reply};
use crate::{ErrorKind, GraphError, GraphResult};

pub(super) async fn list(exchange: &Exchange<'_>) -> GraphResult {
    reply::list(exchange, all(exchange).await?, None)
}

pub(super) async fn get(exchange: &Exchange<'_>) -> GraphResult {
    let id = exchange.guid()?;
    let found = all(exchange).await?.into_iter().find(|rule| rule.id == id);
    reply::json(&found.ok_or_else(|| GraphError::not_found(&id.to_string()))?)
}

pub(super) async fn create(exchange: &Exchange<'_>, body: Body) -> GraphResult {
    let rule: ApprovalRule = body::read(exchange, body).await?;
    let rule = ApprovalRule { id: exchange.state.ids.action().0, ..rule };
    let rule = put(exchange, rule, false).await?;
    let address = format!("/api/v1/approval-rules/{}", rule.id);
    reply::created(exchange, &rule, &address)
}

pub(super) async fn update(exchange: &Exchange<'_>, body: Body) -> GraphResult {
    let rule: ApprovalRule = body::read(exchange, body).await?;
    let rule = ApprovalRule { id: exchange.guid()?, ..rule };
    reply::json(&put(exchange, rule, true).await?)
}

pub(super) async fn delete(exchange: &Exchange<'_>) -> GraphResult {
    let key = SettingKey::ApprovalRule(exchange.guid()?);
    let removed = exchange.state.service.remove_setting(&exchange.caller, key).await;
    removed.map_err(|error| exchange.refusal(error))?;
    Ok(reply::empty(StatusCode::NO_CONTENT))
}

async fn put(exchange: &Exchange<'_>, mut rule: ApprovalRule, exists: bool) -> GraphResult<ApprovalRule> {
    rule.normalise().map_err(|faults| GraphError::of_faults(ErrorKind::BadRequest, faults))?;
    let setting = Setting::ApprovalRule(rule);
    let put = exchange.state.service.put_setting(&exchange.caller, setting, Some(exists)).await;
    match put.map_err(|error| exchange.refusal(error))? {
        Setting::ApprovalRule(rule) => Ok(rule),
        _ => Err(GraphError::internal()),
    }
}

/// The tenant's rules.
async fn all(exchange: &Exchange<'_>) -> GraphResult<Vec<ApprovalRule>> {
    let settings = exchange.state.service.settings(&exchange.caller).await;
    let settings = settings.map_err(|error| exchange.refusal(error))?;
    Ok(settings.rules.into_values().collect())
}
