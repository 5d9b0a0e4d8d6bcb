//! `/api/v1/tenant`: what holds for the tenant as a whole.

use axum::body::Body;
use interdict_model::settings::{CatalogMode, Setting, Tenancy};
use serde::Deserialize;

use super::{Exchange, body, reply};
use crate::{GraphError, GraphResult};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct TenantBody {
    #[serde(default, rename = "paused")]
    _paused: Option<serde_json::Value>,
    catalog_mode: CatalogMode,
}

pub(super) async fn get(exchange: &Exchange<'_>) -> GraphResult {
    reply::json(&tenancy(exchange).await?)
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

fn shown(exchange: &Exchange<'_>, put: Result<Setting, interdict_app::Error>) -> GraphResult {
    match put.map_err(|error| exchange.refusal(error))? {
        Setting::Tenant(tenancy) => reply::json(&tenancy),
        _ => Err(GraphError::internal()),
    }
}

async fn tenancy(exchange: &Exchange<'_>) -> GraphResult<Tenancy> {
    let settings = exchange.state.service.settings(&exchange.caller).await;
    settings.map(|settings| settings.tenant).map_err(|error| exchange.refusal(error))
}
