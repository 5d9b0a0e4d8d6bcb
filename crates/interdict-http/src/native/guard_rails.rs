//! Guard rails: `/api/v1/protected-targets`, what no action may touch, or only after approval; and
//! `/api/v1/approval-rules`, who must agree to what. Both are made, read, replaced and removed alike.

use axum::body::Body;
use http::StatusCode;
use interdict_app::{Error, Guarded, Service};
use interdict_model::guard::{self, ApprovalRule, Met, ProtectedTarget};
use interdict_model::settings::{Setting, SettingKey, Settings};
use interdict_model::{Fault, FaultCode, Refusal};
use serde::Serialize;
use serde::de::DeserializeOwned;
use uuid::Uuid;

use super::{Exchange, body, reply};
use crate::{ErrorKind, GraphError, GraphResult};

/// One kind of guard rail.
pub(super) trait GuardRail: Serialize + DeserializeOwned {
    /// Where they are.
    const PATH: &'static str;

    fn id(&self) -> Uuid;
    fn with_id(self, id: Uuid) -> Self;
    /// Puts it into its normal form.
    fn normalise(&mut self) -> Result<(), Vec<Fault>>;
    fn into_setting(self) -> Setting;
    fn of_setting(setting: Setting) -> Option<Self>;
    fn key(id: Uuid) -> SettingKey;
    /// Every one that holds for the tenant.
    fn all(service: &Service, settings: Settings) -> Vec<Self>;
    /// Whether it holds for every tenant, and is nobody's to change.
    fn is_always(service: &Service, id: Uuid) -> bool;
}

impl GuardRail for ProtectedTarget {
    const PATH: &'static str = "/api/v1/protected-targets";

    fn id(&self) -> Uuid {
        self.id
    }

    fn with_id(self, id: Uuid) -> Self {
        Self { id, ..self }
    }

    fn normalise(&mut self) -> Result<(), Vec<Fault>> {
        self.normalise()
    }

    fn into_setting(self) -> Setting {
        Setting::ProtectedTarget(self)
    }

    fn of_setting(setting: Setting) -> Option<Self> {
        if let Setting::ProtectedTarget(target) = setting { Some(target) } else { None }
    }

    fn key(id: Uuid) -> SettingKey {
        SettingKey::ProtectedTarget(id)
    }

    /// The tenant's own, behind those that are always there.
    fn all(service: &Service, settings: Settings) -> Vec<Self> {
        let own = service.own_targets();
        let always = guard::well_known().iter().chain(&*own).cloned();
        always.chain(settings.protected.into_values()).collect()
    }

    fn is_always(service: &Service, id: Uuid) -> bool {
        guard::well_known().iter().chain(&*service.own_targets()).any(|target| target.id == id)
    }
}

impl GuardRail for ApprovalRule {
    const PATH: &'static str = "/api/v1/approval-rules";

    fn id(&self) -> Uuid {
        self.id
    }

    fn with_id(self, id: Uuid) -> Self {
        Self { id, ..self }
    }

    fn normalise(&mut self) -> Result<(), Vec<Fault>> {
        self.normalise()
    }

    fn into_setting(self) -> Setting {
        Setting::ApprovalRule(self)
    }

    fn of_setting(setting: Setting) -> Option<Self> {
        if let Setting::ApprovalRule(rule) = setting { Some(rule) } else { None }
    }

    fn key(id: Uuid) -> SettingKey {
        SettingKey::ApprovalRule(id)
    }

    fn all(_: &Service, settings: Settings) -> Vec<Self> {
        settings.rules.into_values().collect()
    }

    fn is_always(_: &Service, _: Uuid) -> bool {
        false
    }
}

/// One that was just put, and what became of the actions that it is about.
#[derive(Serialize)]
struct Shown<R> {
    #[serde(flatten)]
    rail: R,
    #[serde(skip_serializing_if = "Option::is_none")]
    guarded: Option<ShownGuarded>,
}

#[derive(Serialize)]
struct ShownGuarded {
    rejected: usize,
    withheld: usize,
    #[serde(flatten)]
    met: Met,
}

pub(super) async fn list<R: GuardRail>(exchange: &Exchange<'_>) -> GraphResult {
    reply::list(exchange, all::<R>(exchange).await?, None)
}

pub(super) async fn get<R: GuardRail>(exchange: &Exchange<'_>) -> GraphResult {
    let id = exchange.guid()?;
    let found = all::<R>(exchange).await?.into_iter().find(|rail| rail.id() == id);
    reply::json(&found.ok_or_else(|| GraphError::not_found(&id.to_string()))?)
}

pub(super) async fn create<R: GuardRail>(exchange: &Exchange<'_>, body: Body) -> GraphResult {
    let rail: R = body::read(exchange, body).await?;
    let shown = put(exchange, rail.with_id(exchange.state.ids.action().0), false).await?;
    let address = format!("{}/{}", R::PATH, shown.rail.id());
    reply::created(exchange, &shown, &address)
}

pub(super) async fn update<R: GuardRail>(exchange: &Exchange<'_>, body: Body) -> GraphResult {
    let rail: R = body::read(exchange, body).await?;
    reply::json(&put(exchange, rail.with_id(exchange.guid()?), true).await?)
}

pub(super) async fn delete<R: GuardRail>(exchange: &Exchange<'_>) -> GraphResult {
    let id = exchange.guid()?;
    let removed = exchange.state.service.remove_setting(&exchange.caller, R::key(id)).await;
    removed.map_err(|error| refusal::<R>(exchange, id, error))?;
    Ok(reply::empty(StatusCode::NO_CONTENT))
}

async fn put<R: GuardRail>(exchange: &Exchange<'_>, mut rail: R, exists: bool) -> GraphResult<Shown<R>> {
    let id = rail.id();
    rail.normalise().map_err(|faults| GraphError::of_faults(ErrorKind::BadRequest, faults))?;
    let setting = rail.into_setting();
    let put = exchange.state.service.put_setting(&exchange.caller, setting, Some(exists)).await;
    let (setting, guarded) = put.map_err(|error| refusal::<R>(exchange, id, error))?;
    let rail = R::of_setting(setting).ok_or_else(GraphError::internal)?;
    let guarded = guarded.map(|Guarded { rejected, withheld, met }| ShownGuarded { rejected, withheld, met });
    Ok(Shown { rail, guarded })
}

/// The answer to a change that did not happen. What is always there is not the tenant's, but it is not missing either.
fn refusal<R: GuardRail>(exchange: &Exchange<'_>, id: Uuid, error: Error) -> Box<GraphError> {
    if matches!(error, Error::Refused(Refusal::NotFound(_))) && R::is_always(&exchange.state.service, id) {
        let message = "it is always protected, for every tenant: it can be neither changed nor removed";
        return GraphError::of_faults(
            ErrorKind::Conflict,
            vec![Fault::new(FaultCode::Immutable, "id", message)],
        );
    }
    exchange.refusal(error)
}

async fn all<R: GuardRail>(exchange: &Exchange<'_>) -> GraphResult<Vec<R>> {
    let service = &exchange.state.service;
    let settings = service.settings(&exchange.caller).await.map_err(|error| exchange.refusal(error))?;
    Ok(R::all(service, settings))
}
