//! The built-in issuer's endpoints, where Microsoft's credential libraries look for them: the token endpoint
//! (RFC 6749, 4.4: client credentials alone), OpenID discovery, and the key set.
//!
//! Their errors have OAuth's shape (`refusal`), not Graph's, since it is OAuth clients that read them.

mod credentials;
mod refusal;

use std::sync::Arc;

use axum::extract::{Path, Request, State};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Extension, Json, Router};
use http::{HeaderValue, StatusCode, header};
use interdict_auth::{BuiltinIssuer, TokenRequest, client_scope, verify_client_secret};
use interdict_model::app::App;
use interdict_model::{AppId, TenantId};
use secrecy::ExposeSecret;
use serde_json::json;
use uuid::Uuid;

use crate::extract::origin::origin;
use crate::{HttpState, Label, RequestIds};
use credentials::Credentials;
use refusal::Refusal;

/// Seconds that a token lives.
const LIFETIME: u32 = 3_600;
/// A hash that no secret has; compared with where the client is not known, so that both refusals take the same time.
const NO_SECRET: &str = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";

const TOKEN: Label = Label::of("/{tenant}/oauth2/v2.0/token");
const DISCOVERY: Label = Label::of("/{tenant}/v2.0/.well-known/openid-configuration");
const KEYS: Label = Label::of("/{tenant}/discovery/v2.0/keys");

/// The endpoints of the built-in issuer. Without one they answer 404 in OAuth's shape.
pub fn routes() -> Router<Arc<HttpState>> {
    Router::new()
        .route(TOKEN.route, post(token))
        .route(DISCOVERY.route, get(discovery))
        .route(KEYS.route, get(keys))
}

async fn token(
    State(state): State<Arc<HttpState>>,
    Path(tenant): Path<String>,
    request: Request,
) -> Response {
    let ids = request.extensions().get::<RequestIds>().cloned();
    let answer = issue(&state, &tenant, request).await;
    finish(&state, TOKEN, ids.as_ref(), answer)
}

async fn discovery(
    State(state): State<Arc<HttpState>>,
    Path(tenant): Path<String>,
    request: Request,
) -> Response {
    let (parts, _) = request.into_parts();
    let answer = known(&state, &tenant).map(|(issuer, tenant)| {
        Json(issuer.discovery(&tenant.to_string(), &origin(&state, &parts))).into_response()
    });
    finish(&state, DISCOVERY, parts.extensions.get(), answer)
}

async fn keys(State(state): State<Arc<HttpState>>, Path(tenant): Path<String>, request: Request) -> Response {
    let answer = known(&state, &tenant).map(|(issuer, _)| Json(issuer.jwks()).into_response());
    finish(&state, KEYS, request.extensions().get(), answer)
}

fn finish(
    state: &HttpState,
    route: Label,
    ids: Option<&RequestIds>,
    answer: Result<Response, Refusal>,
) -> Response {
    let answer = answer.unwrap_or_else(|refusal| refusal.into_response(ids, state.clock.now()));
    (Extension(route), answer).into_response()
}

/// The issuer, and the tenant that the path names by its GUID.
fn known<'a>(state: &'a HttpState, tenant: &str) -> Result<(&'a BuiltinIssuer, TenantId), Refusal> {
    let issuer = state.issuer.as_deref().ok_or(Refusal::NoIssuer)?;
    let tenant = TenantId::parse(tenant).ok_or(Refusal::Tenant)?;
    Ok((issuer, tenant))
}

async fn issue(state: &HttpState, tenant: &str, request: Request) -> Result<Response, Refusal> {
    let (issuer, tenant) = known(state, tenant)?;
    let credentials = Credentials::read(request).await?;
    let app = client(state, tenant, &credentials).await?;
    let request = TokenRequest {
        tenant,
        app: app.app_id,
        roles: app.roles,
        scopes: Vec::new(),
        user: None,
        expires_in: LIFETIME,
    };
    let token =
        issuer.mint(&request, state.clock.now()).map_err(|error| Refusal::Server(error.to_string()))?;
    // One second short, as Entra says it: the client must not trust the last one.
    let body = json!({
        "token_type": "Bearer",
        "expires_in": LIFETIME - 1,
        "ext_expires_in": LIFETIME - 1,
        "access_token": token.expose_secret(),
    });
    let no_store = HeaderValue::from_static("no-store");
    Ok((StatusCode::OK, [(header::CACHE_CONTROL, no_store)], Json(body)).into_response())
}

/// The client that these credentials are of. One that is not known is refused like a wrong secret, and as slowly.
async fn client(state: &HttpState, tenant: TenantId, credentials: &Credentials) -> Result<App, Refusal> {
    let id = Uuid::try_parse(&credentials.id).map_or_else(|_| credentials.id.clone(), |id| id.to_string());
    let found = state.service.app(client_scope(tenant), &AppId(id.into())).await;
    let app = found.map_err(|error| match error {
        interdict_app::Error::Busy | interdict_app::Error::Unavailable(_) => Refusal::Unavailable,
        error => Refusal::Server(error.to_string()),
    })?;
    let hash = app.as_ref().map_or(NO_SECRET, |app| &app.secret_hash);
    let right = verify_client_secret(credentials.secret.expose_secret(), hash);
    app.filter(|_| right).ok_or(Refusal::Client)
}
