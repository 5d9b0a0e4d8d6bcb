//! What operators may do with apps: the same steps whether a running server takes them or this process does.

use interdict_app::{Error, Service};
use interdict_auth::new_client_secret;
use interdict_model::app::{App, AppCommand};
use interdict_model::{AppId, TenantId, TenantScope, Timestamp};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};

use crate::failure::Failure;
use crate::system;

/// Characters that an app's name may have.
const NAME_LENGTH: usize = 256;

/// What is asked; one JSON line on the socket.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(tag = "command", rename_all = "camelCase", deny_unknown_fields)]
pub(crate) enum AppRequest {
    Add { tenant: TenantId, name: String, roles: Vec<String> },
    List { tenant: TenantId },
    Rotate { tenant: TenantId, app: String },
    Remove { tenant: TenantId, app: String },
}

/// The answer.
#[derive(Deserialize, Serialize)]
#[serde(untagged, rename_all_fields = "camelCase")]
pub(crate) enum AppReply {
    Secret {
        #[serde(flatten)]
        app: AppView,
        client_secret: String,
    },
    Apps {
        #[serde(rename = "value")]
        apps: Vec<AppView>,
    },
    Removed {
        client_id: String,
    },
}

/// An app as operators see it: all but the hash of its secret.
#[derive(Debug, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct AppView {
    pub(crate) client_id: String,
    pub(crate) tenant_id: TenantId,
    pub(crate) name: String,
    pub(crate) roles: Vec<String>,
    #[serde(rename = "createdDateTime")]
    pub(crate) created: Timestamp,
    #[serde(rename = "rotatedDateTime")]
    pub(crate) rotated: Timestamp,
}

impl std::fmt::Debug for AppReply {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            // The secret stays out.
            Self::Secret { app, .. } => f.debug_tuple("Secret").field(app).finish(),
            Self::Apps { apps } => f.debug_tuple("Apps").field(apps).finish(),
            Self::Removed { client_id } => f.debug_tuple("Removed").field(client_id).finish(),
        }
    }
}

/// Carries out `request`.
pub(crate) async fn operate(service: &Service, request: AppRequest) -> Result<AppReply, Failure> {
    match request {
        AppRequest::Add { tenant, name, roles } => {
            if name.trim().is_empty() || name.chars().count() > NAME_LENGTH || name.contains('\0') {
                return Err(Failure::usage(format!("an app's name has 1 to {NAME_LENGTH} characters")));
            }
            for role in &roles {
                crate::commands::permission_name(role)
                    .map_err(|known| Failure::usage(format!("unknown role `{role}`")).hint(known))?;
            }
            let (secret, secret_hash) = new_client_secret();
            let command = AppCommand::Add { app: system::new_app(), name, roles, secret_hash };
            change(service, tenant, command, &secret).await
        }
        AppRequest::List { tenant } => {
            let apps =
                service.apps(TenantScope::system(tenant)).await.map_err(|error| app_failure(&error))?;
            Ok(AppReply::Apps { apps: apps.into_iter().map(|app| view(tenant, app)).collect() })
        }
        AppRequest::Rotate { tenant, app } => {
            let app = find(service, tenant, &app).await?;
            let (secret, secret_hash) = new_client_secret();
            change(service, tenant, AppCommand::Rotate { app, secret_hash }, &secret).await
        }
        AppRequest::Remove { tenant, app } => {
            let app = find(service, tenant, &app).await?;
            let client_id = app.to_string();
            service
                .change_app(tenant, AppCommand::Remove { app })
                .await
                .map_err(|error| app_failure(&error))?;
            Ok(AppReply::Removed { client_id })
        }
    }
}

async fn change(
    service: &Service,
    tenant: TenantId,
    command: AppCommand,
    secret: &SecretString,
) -> Result<AppReply, Failure> {
    let app = service.change_app(tenant, command).await.map_err(|error| app_failure(&error))?;
    let app = app.ok_or_else(|| Failure::failed("the server did not answer with the app"))?;
    Ok(AppReply::Secret { app: view(tenant, app), client_secret: secret.expose_secret().to_owned() })
}

/// The app of that client id, or of that name where only one has it.
async fn find(service: &Service, tenant: TenantId, wanted: &str) -> Result<AppId, Failure> {
    let apps = service.apps(TenantScope::system(tenant)).await.map_err(|error| app_failure(&error))?;
    if let Some(app) = apps.iter().find(|app| app.app_id.0.eq_ignore_ascii_case(wanted)) {
        return Ok(app.app_id.clone());
    }
    let mut named = apps.iter().filter(|app| app.name == wanted);
    match (named.next(), named.next()) {
        (Some(app), None) => Ok(app.app_id.clone()),
        (Some(_), Some(_)) => Err(Failure::failed(format!("several apps are named `{wanted}`"))
            .hint("name it by its client id; `interdict app list` shows them")),
        (None, _) => Err(Failure::failed(format!("there is no app `{wanted}` in tenant {tenant}"))
            .hint("`interdict app list` shows the apps there are")),
    }
}

fn view(tenant: TenantId, app: App) -> AppView {
    AppView {
        client_id: app.app_id.to_string(),
        tenant_id: tenant,
        name: app.name,
        roles: app.roles,
        created: app.created,
        rotated: app.rotated,
    }
}

/// What to say where the service could not.
pub(crate) fn app_failure(error: &Error) -> Failure {
    match error {
        Error::NoSpace => {
            Failure::failed("the disk is full").hint("nothing was written; make space and try again")
        }
        Error::Unavailable(cause) => Failure::failed(format!("the store is not available: {cause}")),
        Error::OutcomeUnknown => {
            Failure::failed("the outcome is unknown").hint("`interdict app list` shows whether it happened")
        }
        other => Failure::failed(other.to_string()),
    }
}
