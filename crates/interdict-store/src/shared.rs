//! What every node of a store must know within seconds: keys that they share, and apps that were removed.

use interdict_model::key::SharedKey;
use interdict_model::{AppId, TenantId, Timestamp};

use crate::{Store, StoreError, rows};

impl Store {
    /// Every key that the nodes share, of each kind the oldest first.
    ///
    /// # Errors
    /// As [`Store::action`].
    pub async fn shared_keys(&self) -> Result<Vec<SharedKey>, StoreError> {
        let mut reader = self.by_key().await?;
        let keys = reader.session()?.all(rows::SHARED_KEYS, &[], rows::shared_key).await?;
        Ok(keys.into_iter().flatten().collect())
    }

    /// Apps that were removed at `since` or later, and when.
    ///
    /// # Errors
    /// As [`Store::action`].
    pub async fn revocations(
        &self,
        since: Timestamp,
    ) -> Result<Vec<(TenantId, AppId, Timestamp)>, StoreError> {
        let mut reader = self.by_key().await?;
        let mut session = reader.session()?;
        session
            .all(rows::REVOCATIONS, &[since.ticks().into()], |row| {
                let app = AppId(row.text(1)?.into());
                Ok((TenantId(row.uuid(0)?), app, Timestamp::from_ticks(row.integer(2)?)))
            })
            .await
    }
}
