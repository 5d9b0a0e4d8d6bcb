//! Waking providers that wait for work, when there may be some.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use interdict_model::execution::Fleet;
use interdict_model::view::WriteSet;
use interdict_model::{ProviderId, TenantId};
use tokio::sync::Notify;

/// Who waits for what. A provider that nobody waits for is forgotten.
#[derive(Debug, Default)]
pub(crate) struct Wakes(Mutex<HashMap<(TenantId, ProviderId), Arc<Notify>>>);

impl Wakes {
    /// What tells of work for a provider. Each time, one of those who wait is woken.
    pub(crate) fn of(&self, tenant: TenantId, provider: ProviderId) -> Arc<Notify> {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.retain(|key, wake| *key == (tenant, provider) || Arc::strong_count(wake) > 1);
        Arc::clone(all.entry((tenant, provider)).or_default())
    }

    /// Wakes whoever may now get work: something was queued, or a target was freed.
    pub(crate) fn committed(&self, writes: &WriteSet) {
        if writes.executions.is_empty() && writes.settings.is_empty() {
            return;
        }
        let all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if all.is_empty() {
            return;
        }
        for ((tenant, _), execution) in &writes.executions {
            let Some(execution) = execution else { continue };
            let Some(wake) = all.get(&(*tenant, execution.provider)) else { continue };
            if !execution.is_in_flight() {
                wake.notify_one();
            } else if execution.fleet.as_ref().is_some_and(Fleet::is_news) {
                wake.notify_waiters();
            }
        }
        // A provider or tenant may go on again.
        let tenants: Vec<_> = writes.settings.keys().map(|(tenant, _)| *tenant).collect();
        for (_, wake) in all.iter().filter(|((tenant, _), _)| tenants.contains(tenant)) {
            wake.notify_waiters();
        }
    }
}
