//! Sealing: every journal that grows gets a signed head every few minutes, by whichever node takes it on.

use std::sync::Arc;
use std::time::Duration;

use interdict_model::command::Operation;
use interdict_model::seal::{Seal, Signer};

use crate::{Error, Service};

/// Between two looks for journals that are due.
const LOOK: Duration = Duration::from_secs(5);
/// Journals taken on at once.
const AT_ONCE: u32 = 64;

impl Service {
    /// Seals what is due, now and from then on, each time with the key that is current.
    pub async fn keep_sealed<S: Signer>(&self, signer: impl Fn() -> Arc<S>) {
        loop {
            match self.seal_due(&*signer()).await {
                // There may be more.
                Ok(sealed) if sealed >= usize::try_from(AT_ONCE).unwrap_or(usize::MAX) => {}
                Ok(_) => tokio::time::sleep(LOOK).await,
                Err(error) => {
                    tracing::warn!(%error, "journals were not sealed; trying again");
                    tokio::time::sleep(LOOK).await;
                }
            }
        }
    }

    /// Seals the journals that are due; how many.
    ///
    /// # Errors
    /// See [`Error`]; what was not sealed is due again later.
    pub async fn seal_due(&self, signer: &dyn Signer) -> Result<usize, Error> {
        let now = self.clock.now();
        let due = self.store.claim_sealing(now, AT_ONCE).await?;
        let claimed = due.len();
        for (tenant, head) in due {
            let seal = Seal::sign(tenant, &head, now, signer);
            // Also in the log: whoever keeps that apart can prove that nothing was cut off.
            tracing::info!(
                tenant.id = %tenant,
                sequence = seal.sequence,
                at = %seal.at,
                hash = hex(&seal.hash),
                key = seal.key,
                signature = hex(&seal.signature),
                "sealed"
            );
            self.commit(crate::system::actor(tenant), self.ids.request(), Operation::Seal(Box::new(seal)))
                .await?;
        }
        Ok(claimed)
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
