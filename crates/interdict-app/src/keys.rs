//! Keys that the nodes share, and apps that were removed: what every node must hear of within seconds.

use aws_lc_rs::rand;
use interdict_model::command::Operation;
use interdict_model::key::{KeyKind, SharedKey};
use interdict_model::{AppId, TenantId, Timestamp};
use uuid::Uuid;

use crate::page::FIRST_KEY;
use crate::{Error, Service, system};

impl Service {
    /// Every key that the nodes share, of each kind the oldest first. Skip tokens go by them from here on.
    ///
    /// # Errors
    /// See [`Error`].
    pub async fn shared_keys(&self) -> Result<Vec<SharedKey>, Error> {
        let keys = self.store.shared_keys().await?;
        self.pages.adopt(&keys, self.clock.now());
        Ok(keys)
    }

    /// Keeps keys for every node.
    ///
    /// # Errors
    /// See [`Error`].
    pub async fn share_keys(&self, keys: Vec<SharedKey>) -> Result<(), Error> {
        // They are the store's, not a tenant's.
        let actor = system::actor(TenantId(Uuid::nil()));
        self.commit(actor, self.ids.request(), Operation::Keys(keys)).await.map(drop)
    }

    /// A new key for skip tokens.
    ///
    /// # Errors
    /// Where the crypto library has no randomness.
    pub fn next_skip_token_key(&self, now: Timestamp) -> Result<SharedKey, Error> {
        let mut secret = vec![0; 32];
        rand::fill(&mut secret).map_err(|_| Error::Internal("there is no randomness".to_owned()))?;
        Ok(SharedKey { secret, ..skip_token_key(&self.ids.request().to_string(), now) })
    }

    /// The key of skip tokens that the store was born with, as it is shared once there is something to say of it.
    #[must_use]
    pub fn first_skip_token_key(&self) -> SharedKey {
        skip_token_key(FIRST_KEY, Timestamp::from_ticks(0))
    }

    /// Apps that were removed at `since` or later, and when.
    ///
    /// # Errors
    /// See [`Error`].
    pub async fn removed_apps(&self, since: Timestamp) -> Result<Vec<(TenantId, AppId, Timestamp)>, Error> {
        Ok(self.store.revocations(since).await?)
    }
}

fn skip_token_key(id: &str, created: Timestamp) -> SharedKey {
    SharedKey {
        kind: KeyKind::SkipToken,
        id: id.to_owned(),
        created,
        public: Vec::new(),
        secret: Vec::new(),
        wrapped_by: None,
        revoked: None,
    }
}
