//! What a batch of commands must see, before it is decided.

use std::collections::BTreeMap;

use super::{FilingKey, IdempotencyKey};
use crate::action::{KeyValuePair, VendorInformation};
use crate::effect::EffectKey;
use crate::settings::Settings;
use crate::{ActionId, AppId, ProviderId, TenantId, Timestamp};

/// What a batch of commands must see. A filing that is found brings the action that it names into the view.
#[derive(Clone, Debug, Default)]
pub struct ReadSet {
    /// Tenants whose chain heads are needed (and locked, where several nodes write).
    pub tenants: Vec<TenantId>,
    /// Actions by key.
    pub actions: Vec<(TenantId, ActionId)>,
    /// Filings by their uniqueness key.
    pub filings: Vec<FilingKey>,
    /// Apps by key.
    pub apps: Vec<(TenantId, AppId)>,
    /// Tenants whose settings are needed.
    pub settings: Vec<TenantId>,
    /// Queues of providers, how many candidates are needed of each, and the name of the program that asks for them.
    pub queues: Vec<(TenantId, ProviderId, u32, String)>,
    /// Actions that their provider may be about to begin of its own accord: what is in its way is needed.
    pub starts: Vec<(TenantId, ActionId)>,
    /// Providers of which is asked whether anything is unfinished or in force there.
    pub occupied: Vec<(TenantId, ProviderId)>,
    /// What is about to be filed: the effect that it would have is needed.
    pub probes: Vec<Probe>,
    /// Idempotency keys.
    pub idempotency: Vec<IdempotencyKey>,
}

impl ReadSet {
    /// Adds what another command needs.
    pub fn extend(&mut self, other: Self) {
        self.tenants.extend(other.tenants);
        self.actions.extend(other.actions);
        self.filings.extend(other.filings);
        self.apps.extend(other.apps);
        self.settings.extend(other.settings);
        self.queues.extend(other.queues);
        self.starts.extend(other.starts);
        self.occupied.extend(other.occupied);
        self.probes.extend(other.probes);
        self.idempotency.extend(other.idempotency);
    }
}

/// What decides which effect an action would have.
#[derive(Clone, Debug)]
pub struct Probe {
    /// Whose.
    pub tenant: TenantId,
    /// The action's name.
    pub name: String,
    /// Its parameters.
    pub parameters: Vec<KeyValuePair>,
    /// The provider that it is for.
    pub vendor: VendorInformation,
}

impl Probe {
    /// The key of the effect, where the action would have one or lift one.
    #[must_use]
    pub fn effect_key(&self, settings: &Settings) -> Option<EffectKey> {
        let provider = settings.route(&self.vendor)?;
        let definition = settings.definition(&self.name)?;
        let checked = definition.check(&self.parameters).ok()?;
        let lifted = || settings.lifted_by(definition, &checked.parameters);
        Some(EffectKey { provider: provider.id, text: checked.effect.clone().or_else(lifted)? })
    }
}

/// A provider's queue, as far as a batch needs it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Queue {
    /// What may be handed out next, in order, by the name of the member that asks; what is for anybody has none. Each is in
    /// the view.
    pub candidates: BTreeMap<String, Vec<ActionId>>,
    /// How many actions the provider is at.
    pub in_flight: i64,
    /// The provider's programs by the names that they give themselves, and when each asked for work last.
    pub members: BTreeMap<String, Timestamp>,
}

impl Queue {
    /// What the program of that name may be given next.
    #[must_use]
    pub fn candidates(&self, name: &str) -> &[ActionId] {
        self.candidates.get(name).or_else(|| self.candidates.get("")).map_or(&[], Vec::as_slice)
    }
}
