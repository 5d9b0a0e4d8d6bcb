//! The use cases of client credentials: operators add, rotate and remove apps; the token endpoint looks them up.

use interdict_model::app::{App, AppCommand};
use interdict_model::command::Operation;
use interdict_model::view::Answer;
use interdict_model::{AppId, TenantId, TenantScope};

use crate::{Error, Service, system};

impl Service {
    /// Carries out an operator's command on the apps of `tenant`; the answer is the app, or `None` once removed.
    ///
    /// # Errors
    /// See [`Error`].
    pub async fn change_app(&self, tenant: TenantId, command: AppCommand) -> Result<Option<App>, Error> {
        match self.commit(system::actor(tenant), self.ids.request(), Operation::App(command)).await? {
            Answer::App(app) => Ok(Some(app)),
            Answer::Done => Ok(None),
            _ => Err(Error::Internal("an app's change was answered with an action".into())),
        }
    }

    /// One app.
    ///
    /// # Errors
    /// See [`Error`].
    pub async fn app(&self, scope: TenantScope, app: &AppId) -> Result<Option<App>, Error> {
        Ok(self.store.app(scope, app).await?)
    }

    /// The tenant's apps.
    ///
    /// # Errors
    /// See [`Error`].
    pub async fn apps(&self, scope: TenantScope) -> Result<Vec<App>, Error> {
        Ok(self.store.apps(scope).await?)
    }
}
