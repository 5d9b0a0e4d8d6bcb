//! The use cases of client credentials: operators add, rotate and remove apps; the token endpoint looks them up.

use interdict_model::app::{App, AppCommand};
use interdict_model::{AppId, TenantId, TenantScope};

use crate::{Error, Service};

#[expect(unused_variables, reason = "skeleton")]
impl Service {
    /// Carries out an operator's command on the apps of `tenant`; the answer is the app, or `None` once removed.
    ///
    /// # Errors
    /// See [`Error`].
    pub async fn change_app(&self, tenant: TenantId, command: AppCommand) -> Result<Option<App>, Error> {
        todo!()
    }

    /// One app.
    ///
    /// # Errors
    /// See [`Error`].
    pub fn app(&self, scope: TenantScope, app: &AppId) -> Result<Option<App>, Error> {
        todo!()
    }

    /// The tenant's apps.
    ///
    /// # Errors
    /// See [`Error`].
    pub fn apps(&self, scope: TenantScope) -> Result<Vec<App>, Error> {
        todo!()
    }
}
