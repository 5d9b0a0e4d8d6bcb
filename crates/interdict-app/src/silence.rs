//! Providers that nobody heard of lately: what is filed for them waits, and whoever files it is told.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use interdict_model::provider::LIVE_SECONDS;
use interdict_model::{Execution, ProviderId, TenantId, TenantScope, Timestamp};

use crate::{Caller, Error, Service};

/// Providers of which it is remembered when they were heard of.
const REMEMBERED: usize = 100_000;

/// A provider that does not ask for work.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Silence {
    /// Which.
    pub provider: ProviderId,
    /// When it last did; `None` where it never did.
    pub since: Option<Timestamp>,
}

/// When each provider was heard of last, as far as this node knows: it spares a read at each filing.
#[derive(Debug, Default)]
pub(crate) struct Heard(Mutex<HashMap<(TenantId, ProviderId), Timestamp>>);

impl Heard {
    /// Somebody asked for a provider's work.
    pub(crate) fn note(&self, tenant: TenantId, provider: ProviderId, at: Timestamp) {
        let mut heard = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if heard.len() > REMEMBERED {
            heard.clear();
        }
        let last = heard.entry((tenant, provider)).or_insert(at);
        *last = at.max(*last);
    }

    fn is_since(&self, tenant: TenantId, provider: ProviderId, since: Timestamp) -> bool {
        let heard = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        heard.get(&(tenant, provider)).is_some_and(|last| *last >= since)
    }
}

impl Service {
    /// The provider of an action, where nobody asked for its work within the time in which it counts as live. What
    /// cannot be read is not warned of: the filing stands.
    pub async fn silence(&self, caller: &Caller, execution: &Execution) -> Option<Silence> {
        let silence = self.silence_of(caller, execution.provider).await;
        silence.unwrap_or_else(|error| {
            tracing::debug!(%error, "it was not found out whether a provider asks for work");
            None
        })
    }

    async fn silence_of(&self, caller: &Caller, provider: ProviderId) -> Result<Option<Silence>, Error> {
        let (tenant, now) = (caller.actor.tenant(), self.clock.now());
        if self.heard.is_since(tenant, provider, now.plus_seconds(-LIVE_SECONDS)) {
            return Ok(None);
        }
        let scope = caller.actor.scope;
        let since = self.heard_of(scope).await?.get(&provider).copied();
        if let Some(at) = since {
            self.heard.note(tenant, provider, at);
            let settings = self.store.settings(scope).await?;
            let registered = settings.providers.get(&provider);
            if registered.is_none_or(|provider| provider.is_live(at, now)) {
                return Ok(None);
            }
        }
        Ok(Some(Silence { provider, since }))
    }

    /// When each of a tenant's providers was heard of last.
    pub(crate) async fn heard_of(&self, scope: TenantScope) -> Result<HashMap<ProviderId, Timestamp>, Error> {
        let mut last: HashMap<ProviderId, Timestamp> = HashMap::new();
        for (provider, _, at) in self.store.seen(scope).await? {
            let known = last.entry(provider).or_insert(at);
            *known = at.max(*known);
        }
        Ok(last)
    }
}
