//! What a tenant sets up: providers, definitions, guard rails.

use super::{Rules, conflict};
use crate::journal::Kind;
use crate::provider::{Provider, ProviderChange};
use crate::settings::{AT_MOST, Setting, SettingKey, Settings, Tenancy};
use crate::view::{Answer, Change};
use crate::{Decision, Fault, FaultCode, Permission, ProviderId, Refusal};

impl Rules<'_> {
    pub(super) fn put_setting(&self, setting: &Setting, exists: Option<bool>) -> Result<Decision, Refusal> {
        let settings = self.settings();
        let key = setting.key();
        match (exists, settings.has(&key)) {
            (Some(true), false) => return Err(Refusal::NotFound(key.id())),
            (Some(false), true) => {
                let message = format!("`{}` is there already", key.id());
                return Err(conflict(FaultCode::AlreadyExists, "id", message));
            }
            _ => {}
        }
        if !settings.has(&key) && settings.count(&key) >= AT_MOST {
            let message = format!("there are {AT_MOST} of them already: remove one first");
            return Err(Refusal::Invalid(vec![Fault::new(FaultCode::TooLong, "", message)]));
        }
        if let Setting::Definition(definition) = setting {
            self.may_define(settings.changes_guard_rails(definition))?;
        }
        let mut setting = settings.named(setting.clone());
        // What was read before it was written says nothing of a pause, or of a confirmation, that came between.
        match &mut setting {
            Setting::Provider(provider) => {
                provider.paused = settings.providers.get(&provider.id).is_some_and(|there| there.paused);
            }
            Setting::Tenant(tenancy) => {
                *tenancy = Tenancy { catalog_mode: tenancy.catalog_mode, ..settings.tenant };
            }
            Setting::Definition(_) | Setting::ProtectedTarget(_) | Setting::ApprovalRule(_) => {}
        }
        settings.admits(&setting)?;
        self.keeps_scope(&setting)?;
        Ok(self.setting_written(setting))
    }

    /// What one member did is not undone by all, nor the other way round.
    fn keeps_scope(&self, setting: &Setting) -> Result<(), Refusal> {
        let Setting::Provider(provider) = setting else { return Ok(()) };
        let before = self.settings().providers.get(&provider.id);
        if before.is_some_and(|before| before.scope != provider.scope) && self.is_occupied(provider.id) {
            let message = "the provider has unfinished actions, or effects in force, which its members did by the \
                           scope that it has: cancel and undo them first";
            return Err(conflict(FaultCode::InUse, "scope", message));
        }
        Ok(())
    }

    fn is_occupied(&self, provider: ProviderId) -> bool {
        self.view.occupied.get(&(self.actor.tenant(), provider)).copied().unwrap_or_default()
    }

    pub(super) fn change_provider(
        &self,
        id: ProviderId,
        change: &ProviderChange,
    ) -> Result<Decision, Refusal> {
        let there = self.settings().providers.get(&id);
        let mut provider = there.ok_or_else(|| Refusal::NotFound(id.to_string()))?.clone();
        change.clone().write_to(&mut provider);
        let faults = provider.faults();
        if !faults.is_empty() {
            return Err(Refusal::Invalid(faults));
        }
        self.put_setting(&Setting::Provider(provider), Some(true))
    }

    pub(super) fn remove_setting(&self, key: &SettingKey) -> Result<Decision, Refusal> {
        if !self.settings().has(key) {
            return Err(Refusal::NotFound(key.id()));
        }
        let tenant = self.actor.tenant();
        if let SettingKey::Provider(id) = key
            && self.is_occupied(*id)
        {
            let message = "the provider has unfinished actions, or effects in force: pause it, cancel and undo \
                           them first";
            return Err(conflict(FaultCode::InUse, "id", message));
        }
        if let SettingKey::Definition(name) = key {
            self.may_define(self.settings().loosens_guard_rails(name))?;
        }
        if let SettingKey::Definition(name) = key
            && let Some(provider) = self.settings().left_without(name)
        {
            let message = format!("provider `{}` offers it: take it out of its `actions` first", provider.id);
            return Err(conflict(FaultCode::InUse, "name", message));
        }
        let change = serde_json::to_string(key).unwrap_or_default().into();
        let subject = key.subject().unwrap_or(tenant.0);
        Ok(Decision {
            changes: vec![Change::RemoveSetting(tenant, key.clone())],
            entries: vec![self.draft(subject, Kind::SettingRemoved, change)],
            answer: Answer::Done,
        })
    }

    /// Whether the caller may change what guard rails look at, where a definition does so by that member.
    fn may_define(&self, changed: Option<&'static str>) -> Result<(), Refusal> {
        let permission = Permission::GuardrailsReadWrite;
        let Some(member) = changed.filter(|_| !self.actor.permissions.has(permission)) else { return Ok(()) };
        let message = format!(
            "`{member}` is what guard rails look at: to change it, to override it, or to remove it takes `{}`",
            permission.name()
        );
        Err(Refusal::Forbidden(Fault::new(FaultCode::GuardRail, member, message)))
    }

    pub(super) fn pause_tenant(&self, paused: bool) -> Decision {
        self.tenant_becomes(Tenancy { paused, ..self.settings().tenant })
    }

    pub(super) fn confirm_restore(&self, epoch: u32) -> Decision {
        self.tenant_becomes(Tenancy { confirmed_epoch: Some(epoch), ..self.settings().tenant })
    }

    fn tenant_becomes(&self, tenancy: Tenancy) -> Decision {
        let setting = Setting::Tenant(tenancy);
        if self.settings().tenant == tenancy {
            return Decision::unchanged(Answer::Setting(Box::new(setting)));
        }
        self.setting_written(setting)
    }

    pub(super) fn pause_provider(&self, id: ProviderId, paused: bool) -> Result<Decision, Refusal> {
        let settings = self.settings();
        let provider = settings.providers.get(&id).ok_or_else(|| Refusal::NotFound(id.to_string()))?;
        let setting = Setting::Provider(Provider { paused, ..provider.clone() });
        if provider.paused == paused {
            return Ok(Decision::unchanged(Answer::Setting(Box::new(setting))));
        }
        Ok(self.setting_written(setting))
    }

    fn settings(&self) -> &Settings {
        self.view.settings(self.actor.tenant())
    }

    fn setting_written(&self, setting: Setting) -> Decision {
        let tenant = self.actor.tenant();
        let subject = setting.key().subject().unwrap_or(tenant.0);
        Decision {
            entries: vec![self.draft(subject, Kind::SettingPut, setting.text().into())],
            answer: Answer::Setting(Box::new(setting.clone())),
            changes: vec![Change::PutSetting(tenant, setting)],
        }
    }
}
