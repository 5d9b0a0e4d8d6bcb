//! What a tenant has set up: providers, definitions of its own, guard rails. Decisions look at all of it, so it is kept
//! whole in memory, and read again when its version changes.

mod definitions;

use std::collections::BTreeMap;

use interdict_odata::suggest;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::action::{KeyValuePair, VendorInformation};
use crate::catalog::{self, Definition};
use crate::guard::{ApprovalRule, EVERY_ACTION, ProtectedTarget};
use crate::provider::{Provider, Scope};
use crate::{Fault, FaultCode, ProviderId, Refusal};

/// Settings of one kind that a tenant may have.
pub const AT_MOST: usize = 10_000;

/// What holds for the tenant as a whole.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Tenancy {
    /// What becomes of an action that no provider answers to.
    pub catalog_mode: CatalogMode,
    /// Whether an operator paused the tenant: nothing but undo work is handed out.
    pub paused: bool,
    /// The epoch of the restored store of which an operator said that it is right: what is not in it is not in force.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub confirmed_epoch: Option<u32>,
}

impl Tenancy {
    /// Whether the store was restored with that epoch, and nobody has said since that it is right: effects that were made
    /// after the backup are not known.
    #[must_use]
    pub fn is_unsure(&self, restored: Option<u32>) -> bool {
        restored.is_some() && self.confirmed_epoch != restored
    }
}

/// What becomes of an action that no provider answers to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum CatalogMode {
    /// It is recorded.
    #[default]
    Open,
    /// It is refused.
    Strict,
}

/// One thing that is set up.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", content = "value", rename_all = "camelCase")]
pub enum Setting {
    /// A provider.
    Provider(Provider),
    /// A definition of the tenant's own.
    Definition(Definition),
    /// A target that is protected.
    ProtectedTarget(ProtectedTarget),
    /// A rule about approval.
    ApprovalRule(ApprovalRule),
    /// What holds for the tenant.
    Tenant(Tenancy),
}

/// What a setting is found by.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(tag = "kind", content = "id", rename_all = "camelCase")]
pub enum SettingKey {
    /// A provider, by its id.
    Provider(ProviderId),
    /// A definition, by its name in lower case.
    Definition(String),
    /// A protected target, by its id.
    ProtectedTarget(Uuid),
    /// A rule, by its id.
    ApprovalRule(Uuid),
    /// There is one.
    Tenant,
}

impl Setting {
    /// What it is found by.
    #[must_use]
    pub fn key(&self) -> SettingKey {
        match self {
            Self::Provider(provider) => SettingKey::Provider(provider.id),
            Self::Definition(definition) => SettingKey::Definition(definition.name.to_ascii_lowercase()),
            Self::ProtectedTarget(target) => SettingKey::ProtectedTarget(target.id),
            Self::ApprovalRule(rule) => SettingKey::ApprovalRule(rule.id),
            Self::Tenant(_) => SettingKey::Tenant,
        }
    }

    /// The names of actions in it, but for those of a definition.
    fn actions(&self) -> &[String] {
        match self {
            Self::Provider(provider) => &provider.actions,
            Self::ProtectedTarget(target) => &target.actions,
            Self::ApprovalRule(rule) => &rule.actions,
            Self::Definition(_) | Self::Tenant(_) => &[],
        }
    }

    fn actions_mut(&mut self) -> &mut [String] {
        match self {
            Self::Provider(provider) => &mut provider.actions,
            Self::ProtectedTarget(target) => &mut target.actions,
            Self::ApprovalRule(rule) => &mut rule.actions,
            Self::Definition(_) | Self::Tenant(_) => &mut [],
        }
    }

    /// It as it is stored.
    #[must_use]
    pub fn text(&self) -> String {
        // Texts and numbers alone: cannot fail to serialise.
        serde_json::to_string(self).unwrap_or_default()
    }
}

impl SettingKey {
    /// The number of its kind, as it is stored.
    #[must_use]
    pub const fn kind(&self) -> i64 {
        match self {
            Self::Provider(_) => 1,
            Self::Definition(_) => 2,
            Self::ProtectedTarget(_) => 3,
            Self::ApprovalRule(_) => 4,
            Self::Tenant => 5,
        }
    }

    /// Its id within its kind, as it is stored.
    #[must_use]
    pub fn id(&self) -> String {
        match self {
            Self::Provider(id) => id.to_string(),
            Self::Definition(name) => name.clone(),
            Self::ProtectedTarget(id) | Self::ApprovalRule(id) => id.to_string(),
            Self::Tenant => String::new(),
        }
    }

    /// What the journal says it is about: the id, where that is a GUID.
    #[must_use]
    pub const fn subject(&self) -> Option<Uuid> {
        match self {
            Self::Provider(id) => Some(id.0),
            Self::ProtectedTarget(id) | Self::ApprovalRule(id) => Some(*id),
            Self::Definition(_) | Self::Tenant => None,
        }
    }
}

/// Everything that a tenant has set up.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Settings {
    /// Providers.
    pub providers: BTreeMap<ProviderId, Provider>,
    /// The tenant's own definitions, by their names in lower case.
    pub definitions: BTreeMap<String, Definition>,
    /// Protected targets.
    pub protected: BTreeMap<Uuid, ProtectedTarget>,
    /// Rules about approval.
    pub rules: BTreeMap<Uuid, ApprovalRule>,
    /// What holds for the tenant.
    pub tenant: Tenancy,
}

impl Settings {
    /// Adds or replaces one.
    pub fn put(&mut self, setting: Setting) {
        match setting {
            Setting::Provider(it) => drop(self.providers.insert(it.id, it)),
            Setting::Definition(it) => drop(self.definitions.insert(it.name.to_ascii_lowercase(), it)),
            Setting::ProtectedTarget(it) => drop(self.protected.insert(it.id, it)),
            Setting::ApprovalRule(it) => drop(self.rules.insert(it.id, it)),
            Setting::Tenant(it) => self.tenant = it,
        }
    }

    /// Removes one.
    pub fn remove(&mut self, key: &SettingKey) {
        match key {
            SettingKey::Provider(id) => drop(self.providers.remove(id)),
            SettingKey::Definition(name) => drop(self.definitions.remove(name)),
            SettingKey::ProtectedTarget(id) => drop(self.protected.remove(id)),
            SettingKey::ApprovalRule(id) => drop(self.rules.remove(id)),
            SettingKey::Tenant => self.tenant = Tenancy::default(),
        }
    }

    /// How many there are of that kind.
    #[must_use]
    pub fn count(&self, kind: &SettingKey) -> usize {
        match kind {
            SettingKey::Provider(_) => self.providers.len(),
            SettingKey::Definition(_) => self.definitions.len(),
            SettingKey::ProtectedTarget(_) => self.protected.len(),
            SettingKey::ApprovalRule(_) => self.rules.len(),
            SettingKey::Tenant => 1,
        }
    }

    /// Whether there is one of that key.
    #[must_use]
    pub fn has(&self, key: &SettingKey) -> bool {
        match key {
            SettingKey::Provider(id) => self.providers.contains_key(id),
            SettingKey::Definition(name) => self.definitions.contains_key(name),
            SettingKey::ProtectedTarget(id) => self.protected.contains_key(id),
            SettingKey::ApprovalRule(id) => self.rules.contains_key(id),
            SettingKey::Tenant => true,
        }
    }

    /// Whether each of the provider's members has its own part of an action; of one that is not known it may be so.
    #[must_use]
    pub fn may_be_fleet(&self, provider: ProviderId) -> bool {
        self.providers.get(&provider).is_none_or(|provider| provider.scope == Scope::All)
    }

    /// The provider that actions with this `vendorInformation` go to: the one that matches it most closely.
    #[must_use]
    pub fn route(&self, vendor: &VendorInformation) -> Option<&Provider> {
        let matches = self.providers.values().filter_map(|it| Some((it.answers_to(vendor)?, it)));
        matches.max_by_key(|(precision, _)| *precision).map(|(_, provider)| provider)
    }

    /// `; did you mean …?`, where a name or alias in the catalog is near that one.
    #[must_use]
    pub fn hint(&self, name: &str) -> String {
        let all = self.definitions.values().chain(catalog::builtin());
        let names = all.flat_map(|it| std::iter::once(&it.name).chain(&it.aliases));
        suggest::hint(name, names.map(String::as_str))
    }

    /// A setting with the catalog's spelling of the names of actions in it.
    #[must_use]
    pub fn named(&self, mut setting: Setting) -> Setting {
        for name in setting.actions_mut() {
            if let Some(definition) = self.definition(name) {
                name.clone_from(&definition.name);
            }
        }
        if let Setting::Provider(provider) = &mut setting {
            provider.actions.dedup();
        }
        setting
    }

    /// The key of the effect that an action of `definition` lifts: the one that the action has whose undo this would be.
    #[must_use]
    pub fn lifted_by(&self, definition: &Definition, parameters: &[KeyValuePair]) -> Option<String> {
        let all = self.definitions.values().chain(catalog::builtin());
        let lifted = all.filter(|other| other.name != definition.name).filter_map(|other| {
            let undo = other.undo.as_ref().filter(|undo| definition.is_called(&undo.action))?;
            let mut pairs = Vec::new();
            for (name, from) in &undo.parameters {
                let given = parameters.iter().filter(|pair| pair.name.as_ref() == Some(name));
                pairs.extend(
                    given.map(|it| KeyValuePair { name: Some(from.clone()), value: it.value.clone() }),
                );
            }
            other.check(&pairs).ok()?.effect
        });
        lifted.min()
    }

    /// A provider that would offer what the catalog does not have, were the tenant's own definition of that name removed.
    #[must_use]
    pub fn left_without(&self, name: &str) -> Option<&Provider> {
        let is_only = catalog::find(name).is_none();
        self.providers.values().find(|provider| is_only && provider.offers(name))
    }

    /// Whether a setting may be put: what it says must fit the others.
    ///
    /// # Errors
    /// [`Refusal::Conflict`] where another provider claims the same, [`Refusal::Invalid`] where it names what is not
    /// there.
    pub fn admits(&self, setting: &Setting) -> Result<(), Refusal> {
        if let Setting::Provider(provider) = setting
            && let Some(rival) =
                self.providers.values().find(|other| other.id != provider.id && other.rivals(provider))
        {
            let message =
                format!("provider `{}` answers to `{}` already: no two may", rival.id, provider.address());
            return Err(Refusal::Conflict(Fault::new(FaultCode::AlreadyExists, "vendor", message)));
        }
        let mut faults = self.unknown_actions(setting);
        if let Setting::Definition(definition) = setting {
            self.names_are_free(definition)?;
            faults.extend(self.undo_faults(definition));
        }
        if faults.is_empty() { Ok(()) } else { Err(Refusal::Invalid(faults)) }
    }

    /// Names that the catalog does not have. Of a guard rail, one would protect nothing.
    fn unknown_actions(&self, setting: &Setting) -> Vec<Fault> {
        // A provider says what it does, one by one.
        let every = !matches!(setting, Setting::Provider(_));
        let unknown = |name: &str| !(every && name == EVERY_ACTION) && self.definition(name).is_none();
        let names = setting.actions().iter().enumerate().filter(|(_, name)| unknown(name));
        let fault = |(at, name): (usize, &String)| {
            let hint = self.hint(name);
            let message = format!("the catalog (GET /api/v1/catalog) has no `{name}`{hint}");
            Fault::new(FaultCode::InvalidValue, format!("actions[{at}]"), message)
        };
        names.map(fault).collect()
    }

    /// Why the action that a definition names as its undo could not undo what it does.
    fn undo_faults(&self, definition: &Definition) -> Vec<Fault> {
        let Some(undo) = &definition.undo else { return Vec::new() };
        match self.definition(&undo.action) {
            Some(undoing) => definition.check_undo(undoing),
            None => {
                let hint = self.hint(&undo.action);
                let message = format!("the catalog has no `{}`: add its definition first{hint}", undo.action);
                vec![Fault::new(FaultCode::InvalidValue, "undo/action", message)]
            }
        }
    }
}
