//! The key that seals journals, and what follows it.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arc_swap::ArcSwap;
use interdict_model::Timestamp;
use interdict_model::key::{KeyKind, SharedKey};
use interdict_model::seal::Signer as _;

use crate::seal_key::SealKey;
use crate::{key_file, wrap};

/// The key of this node, in its file.
#[derive(Debug)]
pub struct SealKeys {
    file: PathBuf,
    current: ArcSwap<SealKey>,
}

impl SealKeys {
    /// Loads the key file, making it where it is not there.
    ///
    /// # Errors
    /// Where the file cannot be read, made, or is no key.
    pub fn load_or_create(file: &Path) -> io::Result<Self> {
        let current = ArcSwap::from_pointee(SealKey::load_or_create(file)?);
        Ok(Self { file: file.to_owned(), current })
    }

    /// The key that seals now.
    #[must_use]
    pub fn current(&self) -> Arc<SealKey> {
        self.current.load_full()
    }

    /// What the store keeps of it, where it is the first.
    #[must_use]
    pub fn shared(&self) -> SharedKey {
        shared(&self.current(), Timestamp::from_ticks(0))
    }

    /// A new key for every node that has this one.
    ///
    /// # Errors
    /// Where none can be made.
    pub fn next_key(&self, now: Timestamp) -> io::Result<SharedKey> {
        let (current, next) = (self.current(), SealKey::make()?);
        let secret = wrap::wrap(next.seed(), current.seed(), next.key_id())?;
        Ok(SharedKey { secret, wrapped_by: Some(current.key_id().to_owned()), ..shared(&next, now) })
    }

    /// Takes over the newest key that follows this node's. Whether there was one. The file follows where it can be written.
    ///
    /// # Errors
    /// Where a key cannot be opened.
    pub fn adopt(&self, keys: &[SharedKey]) -> io::Result<bool> {
        let mut newest: Option<SealKey> = None;
        loop {
            let current = self.current();
            let by = newest.as_ref().unwrap_or(&current);
            let follows = |key: &&SharedKey| {
                key.kind == KeyKind::Seal && key.wrapped_by.as_deref() == Some(by.key_id())
            };
            let Some(next) = keys.iter().filter(follows).max_by_key(|key| (key.created, &key.id)) else {
                break;
            };
            let next = SealKey::of_seed(&wrap::unwrap(&next.secret, by.seed(), &next.id)?)?;
            newest = Some(next);
        }
        let Some(newest) = newest else { return Ok(false) };
        if let Err(error) = newest.text().and_then(|text| key_file::replace(&self.file, &text)) {
            tracing::warn!(file = %self.file.display(), %error, "the new seal key is not in the file");
        }
        self.current.store(Arc::new(newest));
        Ok(true)
    }
}

fn shared(key: &SealKey, created: Timestamp) -> SharedKey {
    SharedKey {
        kind: KeyKind::Seal,
        id: key.key_id().to_owned(),
        created,
        public: key.public_key().to_vec(),
        secret: Vec::new(),
        wrapped_by: None,
        revoked: None,
    }
}
