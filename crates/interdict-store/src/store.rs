//! The store: opening it, and reading what is committed.

use std::path::PathBuf;

use bytes::Bytes;
use interdict_model::app::App;
use interdict_model::journal::Entry;
use interdict_model::{ActionId, AppId, TenantId, TenantScope, Version};

use crate::{StoreError, Writer};

/// How to open a store.
#[derive(Clone, Debug)]
pub struct StoreOptions {
    /// The database file.
    pub path: PathBuf,
    /// Another SQLite VFS, for tests that lose power.
    pub vfs: Option<String>,
    /// Read connections.
    pub readers: usize,
}

/// What a new store is born with; an existing one keeps its own.
#[derive(Clone, Copy, Debug)]
pub struct Birth {
    /// The first epoch, random.
    pub epoch: u32,
    /// The key that authenticates skip tokens, random.
    pub skip_token_key: [u8; 32],
}

/// The store, for reading. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Store {}

/// An action as it is stored, ready to send.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredAction {
    /// Its key.
    pub id: ActionId,
    /// Its version.
    pub version: Version,
    /// It, rendered ([`interdict_model::document`]).
    pub document: Bytes,
}

impl Store {
    /// Opens the store, making or migrating it where needed, and checks every setting by reading it back.
    ///
    /// # Errors
    /// [`StoreError::Refused`] with a hint where it is not ours, newer, or held by another process.
    pub fn open(_options: &StoreOptions, _birth: Birth) -> Result<(Self, Writer), StoreError> {
        todo!()
    }

    /// Opens an existing store for reading alone, while a server may be running on it.
    ///
    /// # Errors
    /// As [`Store::open`].
    pub fn open_read_only(_options: &StoreOptions) -> Result<Self, StoreError> {
        todo!()
    }

    /// The store's epoch.
    #[must_use]
    pub fn epoch(&self) -> u32 {
        todo!()
    }

    /// The key that authenticates skip tokens.
    #[must_use]
    pub fn skip_token_key(&self) -> &[u8; 32] {
        todo!()
    }

    /// One action. Fast enough to call on an async worker: a read by key that never waits for writers.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] or [`StoreError::Corrupt`].
    pub fn action(&self, _scope: TenantScope, _id: ActionId) -> Result<Option<StoredAction>, StoreError> {
        todo!()
    }

    /// One app of the built-in issuer.
    ///
    /// # Errors
    /// As [`Store::action`].
    pub fn app(&self, _scope: TenantScope, _app: &AppId) -> Result<Option<App>, StoreError> {
        todo!()
    }

    /// The tenant's apps, by name.
    ///
    /// # Errors
    /// As [`Store::action`].
    pub fn apps(&self, _scope: TenantScope) -> Result<Vec<App>, StoreError> {
        todo!()
    }

    /// Every tenant that has a journal, for operators' commands.
    ///
    /// # Errors
    /// As [`Store::action`].
    pub fn tenants(&self) -> Result<Vec<TenantId>, StoreError> {
        todo!()
    }

    /// Journal entries after `sequence`, at most `limit`.
    ///
    /// # Errors
    /// As [`Store::action`].
    pub fn journal(&self, _scope: TenantScope, _after: i64, _limit: usize) -> Result<Vec<Entry>, StoreError> {
        todo!()
    }
}
