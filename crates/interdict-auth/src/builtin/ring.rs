//! The keys of the built-in issuer: which one signs, which ones verify.

use std::io;
use std::sync::Arc;

use interdict_model::Timestamp;
use interdict_model::key::{KNOWN_BEFORE_USE_SECONDS, KeyKind, SharedKey};
use jsonwebtoken::jwk::JwkSet;

use super::fault;
use super::key_file::SigningKey;
use crate::jwk::KeySet;
use crate::wrap;

/// Keys, the oldest first.
#[derive(Debug)]
pub(super) struct Ring {
    keys: Vec<Arc<SigningKey>>,
    pub(super) published: JwkSet,
    pub(super) verifying: Arc<KeySet>,
}

impl Ring {
    pub(super) fn new(mut keys: Vec<Arc<SigningKey>>) -> io::Result<Self> {
        keys.sort_by(|a, b| (a.created, a.id()).cmp(&(b.created, b.id())));
        let newest = keys.last().map_or(Timestamp::from_ticks(0), |key| key.created);
        let published = JwkSet { keys: keys.iter().map(|key| key.jwk.clone()).collect() };
        let verifying = keys.iter().map(|key| key.public_key()).collect::<io::Result<_>>()?;
        let verifying = Arc::new(KeySet::new(verifying, newest));
        Ok(Self { keys, published, verifying })
    }

    pub(super) fn is_empty(&self) -> bool {
        self.keys.is_empty()
    }

    pub(super) fn keys(&self) -> impl DoubleEndedIterator<Item = &SigningKey> {
        self.keys.iter().map(|key| &**key)
    }

    /// The key that signs: the newest that every node has heard of.
    pub(super) fn signing(&self, now: Timestamp) -> io::Result<&SigningKey> {
        let known = |key: &&SigningKey| key.created.plus_seconds(KNOWN_BEFORE_USE_SECONDS) <= now;
        let key = self.keys().rfind(known).or_else(|| self.keys().next());
        key.ok_or_else(|| fault("no key is left that tokens could be signed with"))
    }

    /// A new key, encrypted to the newest of these.
    pub(super) fn next(&self, now: Timestamp) -> io::Result<SharedKey> {
        let newest = self.keys().next_back().ok_or_else(|| fault("no key is in the file"))?;
        let key = SigningKey::make(now)?;
        let secret = wrap::wrap(key.der(), newest.der(), key.id())?;
        let wrapped_by = Some(newest.id().to_owned());
        Ok(SharedKey { secret, wrapped_by, ..key.shared()? })
    }

    /// This ring with what others made, as far as it can be opened, and without what is revoked; `None` where that is
    /// what it is already.
    pub(super) fn with(&self, shared: &[SharedKey]) -> io::Result<Option<Self>> {
        let shared: Vec<_> = shared.iter().filter(|key| key.kind == KeyKind::Issuer).collect();
        let mut keys = self.keys.clone();
        // Each may be encrypted to one that comes later in the list.
        loop {
            let before = keys.len();
            for key in &shared {
                let by = keys.iter().find(|by| key.wrapped_by.as_deref() == Some(by.id()));
                if let Some(by) = by
                    && keys.iter().all(|known| known.id() != key.id)
                {
                    let opened = wrap::unwrap(&key.secret, by.der(), &key.id);
                    match opened.and_then(|der| SigningKey::of_der(&der, key.created)) {
                        Ok(opened) => keys.push(Arc::new(opened)),
                        // The others, and what is revoked, count all the same.
                        Err(error) => tracing::warn!(key = key.id, %error, "a new issuer key is left out"),
                    }
                }
            }
            if keys.len() == before {
                break;
            }
        }
        let is_revoked = |id: &str| shared.iter().any(|key| key.id == id && key.revoked.is_some());
        keys.retain(|key| !is_revoked(key.id()));
        let ring = Self::new(keys)?;
        Ok((!ring.keys().map(SigningKey::id).eq(self.keys().map(SigningKey::id))).then_some(ring))
    }
}
