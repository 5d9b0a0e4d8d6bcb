//! Retention, for an operator: what was looked up in the store is recorded, then removed, a part at a time.

use interdict_model::TenantId;
use interdict_model::command::Operation;
use interdict_model::pruning::Pruning;
use interdict_store::Forgettable;

use crate::{Error, Service, system};

impl Service {
    /// Records how far a tenant's journal is pruned; what it does not keep may then be removed.
    ///
    /// # Errors
    /// Where it goes beyond what is sealed; else see [`Error`].
    pub async fn prune_journal(&self, tenant: TenantId, pruning: Pruning) -> Result<(), Error> {
        self.operate(tenant, Operation::Prune(Box::new(pruning))).await
    }

    /// Removes entries and seals that the last pruning does not keep. What is gone already is no error.
    ///
    /// # Errors
    /// As [`Service::prune_journal`].
    pub async fn forget(&self, tenant: TenantId, what: Forgettable) -> Result<(), Error> {
        let Forgettable { entries, seals } = what;
        self.operate(tenant, Operation::Forget { entries, seals }).await
    }

    async fn operate(&self, tenant: TenantId, operation: Operation) -> Result<(), Error> {
        self.commit(system::actor(tenant), self.ids.request(), operation).await.map(drop)
    }
}
