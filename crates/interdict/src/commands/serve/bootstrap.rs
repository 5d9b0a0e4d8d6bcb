//! The first start: one tenant, one administrator app, and their credentials in a file of the owner's alone.

use interdict_app::Service;
use interdict_auth::new_client_secret;
use interdict_model::app::AppCommand;
use interdict_model::{AppId, Permission, TenantId, TenantScope};
use interdict_store::Store;

use crate::commands::app::operate::app_failure;
use crate::commands::serve::opening::store_failure;
use crate::data_dir::{Bootstrap, DataDir};
use crate::failure::Failure;
use crate::system;

/// What the administrator app may do.
const ROLES: [Permission; 5] = [
    Permission::ActionsRead,
    Permission::ActionsReadWrite,
    Permission::ProvidersReadWrite,
    Permission::GuardrailsReadWrite,
    Permission::AuditRead,
];

/// The fact that says which node of a new store makes the first tenant.
const FACT: &str = "first_tenant";

/// Makes the first tenant where there is none; the answer is the tenant that was made.
///
/// The file is written before the app is stored, so that no app is left behind whose secret nobody has. A start
/// that was cut off between the two shows as a file whose tenant has no journal: it is finished here, with a new
/// secret. A file that was deleted later is not made again.
pub(super) async fn bootstrap(
    service: &Service,
    store: &Store,
    dir: &DataDir,
) -> Result<Option<TenantId>, Failure> {
    let failed = |error| store_failure(&error);
    let (tenant, app) = match dir.bootstrap()? {
        Some(earlier) => {
            let journal = store.journal(TenantScope::system(earlier.tenant), 0, 1).await.map_err(failed)?;
            if !journal.is_empty() {
                return Ok(None);
            }
            (earlier.tenant, AppId(earlier.client_id.into()))
        }
        None if store.tenants().await.map_err(failed)?.is_empty() => {
            (system::new_tenant(), system::new_app())
        }
        None => return Ok(None),
    };
    let (client_secret, secret_hash) = new_client_secret();
    dir.write_bootstrap(&Bootstrap { tenant, client_id: app.to_string(), client_secret })?;
    let first = store.register(FACT, tenant.as_bytes()).await.map_err(failed)?;
    if first != tenant.as_bytes() {
        // Another node of a new store came first.
        dir.remove_bootstrap()?;
        return Ok(None);
    }
    let roles = ROLES.map(|role| role.name().to_owned()).to_vec();
    let command = AppCommand::Add { app, name: "administrator".to_owned(), roles, secret_hash };
    service.change_app(tenant, command).await.map_err(|error| app_failure(&error))?;
    Ok(Some(tenant))
}
