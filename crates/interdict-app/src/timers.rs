//! Timers: rows that say when something is due. Every node looks for them, and has what is due decided; whoever is second
//! finds that nothing is.

use std::collections::BTreeMap;
use std::time::Duration;

use interdict_model::command::{Due, Operation};
use interdict_model::view::IdempotencyKey;
use interdict_model::{TenantId, limits};
use interdict_store::DueRow;

use crate::{Error, Service, seeded};

/// Between two looks.
const LOOK: Duration = Duration::from_millis(250);
/// Looks between two counts of tenants that have not confirmed a restore.
const COUNTED: u64 = 20;
/// After a failure.
const PAUSE: Duration = Duration::from_secs(1);
/// Timers of either kind that one look takes up.
const AT_ONCE: u32 = 2_000;
/// Subjects of one command.
const OF_ONE: usize = 200;
/// Holders of one effect that one command is about.
const HOLDERS: usize = 100;

impl Service {
    /// Does what is due, now and from then on.
    pub async fn keep_time(&self) {
        for look in 0_u64.. {
            if look % COUNTED == 0 {
                self.count_unsure().await;
            }
            match self.do_what_is_due().await {
                // There may be more.
                Ok(done) if done >= usize::try_from(AT_ONCE).unwrap_or(usize::MAX) => {}
                Ok(_) => tokio::time::sleep(LOOK).await,
                Err(error) => {
                    tracing::warn!(%error, "timers were not looked at; trying again");
                    tokio::time::sleep(PAUSE).await;
                }
            }
        }
    }

    /// Does what is due now; how many subjects there were.
    ///
    /// # Errors
    /// See [`Error`]; what was not done is due again.
    pub async fn do_what_is_due(&self) -> Result<usize, Error> {
        let now = seeded::due_by(self.clock.now());
        let rows = self.store.due(now, AT_ONCE).await?;
        let found = rows.len();
        let mut tenants: BTreeMap<TenantId, Vec<Due>> = BTreeMap::new();
        for (tenant, row) in rows {
            let fresh = self.ids.action();
            let due = match row {
                DueRow::Action(id) => Due::Action { id, fresh },
                DueRow::Effect(effect) => {
                    Due::Effect { holders: effect.due(now, HOLDERS), key: effect.key, fresh }
                }
            };
            tenants.entry(tenant).or_default().push(due);
        }
        let old = now.plus_seconds(-limits::IDEMPOTENCY_SECONDS);
        let mut answered: BTreeMap<TenantId, Vec<IdempotencyKey>> = BTreeMap::new();
        for key in self.store.answered_before(old, AT_ONCE).await? {
            answered.entry(key.tenant).or_default().push(key);
        }
        let mut failed = None;
        for (tenant, keys) in answered {
            failed = self.fired(tenant, Operation::ForgetAnswered(keys)).await.err().or(failed);
        }
        // What cannot be done for one tenant holds up no other.
        for (tenant, due) in tenants {
            for part in due.chunks(OF_ONE) {
                let fired = self.fired(tenant, Operation::Fire(part.to_vec())).await;
                // One subject that cannot be done holds up none of the others.
                if matches!(fired, Err(Error::Internal(_) | Error::Refused(_))) {
                    for subject in part {
                        let alone = Operation::Fire(vec![subject.clone()]);
                        failed = self.fired(tenant, alone).await.err().or(failed);
                    }
                } else if let Err(error) = fired {
                    // Its lane is busy, or the store is away: the rest of its own is due again.
                    failed = Some(error);
                    break;
                }
            }
        }
        if let Some(error) = failed {
            return Err(error);
        }
        Ok(found)
    }

    async fn fired(&self, tenant: TenantId, operation: Operation) -> Result<(), Error> {
        let fired = self.commit(crate::system::actor(tenant), self.ids.request(), operation).await;
        fired
            .map(drop)
            .inspect_err(|error| tracing::warn!(%error, tenant = %tenant.0, "not all that is due was done"))
    }
}
