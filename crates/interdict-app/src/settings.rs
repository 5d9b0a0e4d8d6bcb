//! What a tenant sets up: providers, definitions, guard rails, pauses.

use std::collections::HashMap;
use std::sync::atomic::Ordering;

use interdict_model::command::Operation;
use interdict_model::provider::ProviderChange;
use interdict_model::settings::{Setting, SettingKey, Settings, Tenancy};
use interdict_model::view::Answer;
use interdict_model::{ProviderId, Timestamp};

use crate::{Caller, Error, Guarded, Service};

impl Service {
    /// What the tenant has set up.
    ///
    /// # Errors
    /// See [`Error`].
    pub async fn settings(&self, caller: &Caller) -> Result<Settings, Error> {
        caller.may_see_providers()?;
        Ok(self.store.settings(caller.actor.scope).await?)
    }

    /// When each provider was heard of last.
    ///
    /// # Errors
    /// See [`Error`].
    pub async fn last_seen(&self, caller: &Caller) -> Result<HashMap<ProviderId, Timestamp>, Error> {
        caller.may_see_providers()?;
        self.heard_of(caller.actor.scope).await
    }

    /// Makes or changes a setting; `exists` says whether it must be there already, or must not. Of a protected target it is
    /// told what became of the actions that touch it.
    ///
    /// # Errors
    /// See [`Error`].
    pub async fn put_setting(
        &self,
        caller: &Caller,
        setting: Setting,
        exists: Option<bool>,
    ) -> Result<(Setting, Option<Guarded>), Error> {
        caller.may_set(&setting.key())?;
        let setting = Box::new(setting);
        let setting = self.set(caller, Operation::PutSetting { setting, exists }).await?;
        let guarded = match &setting {
            Setting::ProtectedTarget(entry) => Some(self.hold_to(caller, entry).await),
            _ => None,
        };
        Ok((setting, guarded))
    }

    /// Changes members of a provider's registration.
    ///
    /// # Errors
    /// See [`Error`].
    pub async fn change_provider(
        &self,
        caller: &Caller,
        id: ProviderId,
        change: ProviderChange,
    ) -> Result<Setting, Error> {
        caller.may_set(&SettingKey::Provider(id))?;
        self.set(caller, Operation::ChangeProvider(id, Box::new(change))).await
    }

    /// Removes a setting.
    ///
    /// # Errors
    /// See [`Error`].
    pub async fn remove_setting(&self, caller: &Caller, key: SettingKey) -> Result<(), Error> {
        caller.may_set(&key)?;
        self.command(caller, Operation::RemoveSetting(key)).await.map(drop)
    }

    /// Pauses the tenant, or has it go on: meanwhile nothing but undo work is handed out.
    ///
    /// # Errors
    /// See [`Error`].
    pub async fn pause_tenant(&self, caller: &Caller, paused: bool) -> Result<Setting, Error> {
        caller.may_guard()?;
        self.set(caller, Operation::PauseTenant(paused)).await
    }

    /// Says that the store that was restored is right: what it does not know is not in force. Where it was not restored
    /// there is nothing to say.
    ///
    /// # Errors
    /// See [`Error`].
    pub async fn confirm_restore(&self, caller: &Caller) -> Result<Setting, Error> {
        caller.may_guard()?;
        let Some(epoch) = self.store.restored() else {
            return Ok(Setting::Tenant(self.store.settings(caller.actor.scope).await?.tenant));
        };
        let confirmed = self.set(caller, Operation::ConfirmRestore(epoch)).await?;
        self.count_unsure().await;
        Ok(confirmed)
    }

    /// Whether the store was restored, and nobody has said since that it is right.
    #[must_use]
    pub fn is_unsure(&self, tenancy: &Tenancy) -> bool {
        tenancy.is_unsure(self.store.restored())
    }

    /// How many tenants with providers have not said that the store is right since it was restored, as of some seconds ago.
    #[must_use]
    pub fn unsure_tenants(&self) -> u64 {
        self.unsure.load(Ordering::Relaxed)
    }

    /// Looks how many they are.
    pub(crate) async fn count_unsure(&self) {
        match self.store.unsure_tenants().await {
            Ok(count) => self.unsure.store(count, Ordering::Relaxed),
            Err(error) => tracing::debug!(%error, "what is to be confirmed was not counted"),
        }
    }

    /// Pauses a provider, or has it go on.
    ///
    /// # Errors
    /// See [`Error`].
    pub async fn pause_provider(
        &self,
        caller: &Caller,
        id: ProviderId,
        paused: bool,
    ) -> Result<Setting, Error> {
        caller.may_guard()?;
        self.set(caller, Operation::PauseProvider(id, paused)).await
    }

    async fn set(&self, caller: &Caller, operation: Operation) -> Result<Setting, Error> {
        match self.command(caller, operation).await? {
            Answer::Setting(setting) => Ok(*setting),
            _ => Err(Error::Internal("a setting was answered otherwise".into())),
        }
    }
}
