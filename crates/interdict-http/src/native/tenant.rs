//! `/api/v1/tenant`: what holds for the tenant as a whole.

use axum::body::Body;
use interdict_model::settings::{CatalogMode, Setting, Tenancy};
use serde::{Deserialize, Serialize};

use super::{Exchange, body, reply};
use crate::{GraphError, GraphResult};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct TenantBody {
    #[serde(default, rename = "paused")]
    _paused: Option<serde_json::Value>,
    #[serde(default, rename = "confirmedEpoch")]
    _confirmed_epoch: Option<serde_json::Value>,
    #[serde(default, rename = "restored")]
    _restored: Option<serde_json::Value>,
    catalog_mode: CatalogMode,
}

pub(super) async fn get(exchange: &Exchange<'_>) -> GraphResult {
    let tenancy = tenancy(exchange).await?;
    answer(exchange, &tenancy)
}

pub(super) async fn update(exchange: &Exchange<'_>, body: Body) -> GraphResult {
    let given: TenantBody = body::read(exchange, body).await?;
    // Whether it is paused stays as it is.
    let tenancy = Tenancy { catalog_mode: given.catalog_mode, ..Tenancy::default() };
    let service = &exchange.state.service;
    let put = service.put_setting(&exchange.caller, Setting::Tenant(tenancy), None).await;
    shown(exchange, put.map(|(setting, _)| setting))
}

pub(super) async fn pause(exchange: &Exchange<'_>, paused: bool) -> GraphResult {
    shown(exchange, exchange.state.service.pause_tenant(&exchange.caller, paused).await)
}

pub(super) async fn confirm(exchange: &Exchange<'_>) -> GraphResult {
    shown(exchange, exchange.state.service.confirm_restore(&exchange.caller).await)
}

#[derive(Serialize)]
struct ShownTenant<'a> {
    #[serde(flatten)]
    tenancy: &'a Tenancy,
    /// What was put in force after the backup is not known, and nobody has said that this is right.
    restored: bool,
}

fn answer(exchange: &Exchange<'_>, tenancy: &Tenancy) -> GraphResult {
    reply::json(&ShownTenant { tenancy, restored: exchange.state.service.is_unsure(tenancy) })
}

fn shown(exchange: &Exchange<'_>, put: Result<Setting, interdict_app::Error>) -> GraphResult {
    match put.map_err(|error| exchange.refusal(error))? {
        Setting::Tenant(tenancy) => answer(exchange, &tenancy),
        _ => Err(GraphError::internal()),
    }
}

async fn tenancy(exchange: &Exchange<'_>) -> GraphResult<Tenancy> {
    let settings = exchange.state.service.settings(&exchange.caller).await;
    settings.map(|settings| settings.tenant).map_err(|error| exchange.refusal(error))
}
