//! The store: opening it, and reading what is committed.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::{Arc, PoisonError, RwLock};

use bytes::Bytes;
use interdict_model::app::App;
use interdict_model::journal::Entry;
use interdict_model::{ActionId, AppId, TenantId, TenantScope, Timestamp, Version};

use crate::checkpoint::Health;
use crate::engine::{Connection, Role, Row};
use crate::open::{self, Birth, Facts, Held};
use crate::pool::Pool;
use crate::{Patience, StoreError, Writer, rows};

/// Reads that may take long, at once: they have connections apart from those of brief reads, so that a slow list
/// delays no GET.
pub const LONG_READS: usize = 2;

/// How to open a store.
#[derive(Clone, Debug)]
pub struct StoreOptions {
    /// The database file.
    pub path: PathBuf,
    /// Another SQLite VFS, for tests that lose power.
    pub vfs: Option<String>,
    /// Read connections.
    pub readers: usize,
    /// Pages in the write-ahead log that call for a checkpoint; writing waits for it at four times as many.
    pub checkpoint_pages: u64,
}

impl StoreOptions {
    /// Opens `path` with `readers` read connections, and else as was measured best: a log of 64 MB.
    #[must_use]
    pub fn new(path: PathBuf, readers: usize) -> Self {
        Self { path, vfs: None, readers, checkpoint_pages: 16_000 }
    }
}

/// The store, for reading. Cheap to clone.
#[derive(Clone)]
pub struct Store {
    shared: Arc<Shared>,
}

struct Shared {
    facts: Facts,
    /// The small keys of tenants, as far as they were asked for.
    tenants: RwLock<HashMap<TenantId, i64>>,
    brief: Pool,
    long: Pool,
    health: Arc<Health>,
    /// Last: see [`Held`].
    _held: Option<Arc<Held>>,
}

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
    pub fn open(options: &StoreOptions, birth: Birth) -> Result<(Self, Writer), StoreError> {
        let held = Arc::new(open::hold(&options.path)?);
        let connection = open::open_for_writing(options, &held)?;
        open::bear(&connection, birth)?;
        let facts = open::facts(&connection)?;
        let health = Arc::new(Health::default());
        let writer = Writer::new(connection, options, facts.epoch, Arc::clone(&health), Arc::clone(&held))?;
        let store = Self::with_readers(options, facts, health, Some(held))?;
        Ok((store, writer))
    }

    /// Opens an existing store for reading alone, while a server may be running on it.
    ///
    /// # Errors
    /// As [`Store::open`].
    pub fn open_read_only(options: &StoreOptions) -> Result<Self, StoreError> {
        open::refuse_non_file(&options.path)?;
        if !options.path.exists() {
            return Err(StoreError::Refused(format!("there is no database at `{}`", options.path.display())));
        }
        let connection = Connection::open(&options.path, options.vfs.as_deref(), Role::Read)?;
        open::refuse_foreign(&options.path, &connection)?;
        let facts = open::facts(&connection)?;
        Self::with_readers(options, facts, Arc::default(), None)
    }

    fn with_readers(
        options: &StoreOptions,
        facts: Facts,
        health: Arc<Health>,
        held: Option<Arc<Held>>,
    ) -> Result<Self, StoreError> {
        let pool = |size: usize| {
            let connections = (0..size).map(|_| {
                let connection = Connection::open(&options.path, options.vfs.as_deref(), Role::Read)?;
                connection.configure(Role::Read)?;
                Ok(connection)
            });
            connections.collect::<Result<_, StoreError>>().map(Pool::new)
        };
        Ok(Self {
            shared: Arc::new(Shared {
                facts,
                tenants: RwLock::default(),
                brief: pool(options.readers.max(1))?,
                long: pool(LONG_READS)?,
                health,
                _held: held,
            }),
        })
    }

    /// The store's epoch.
    #[must_use]
    pub fn epoch(&self) -> u32 {
        self.shared.facts.epoch
    }

    /// The key that authenticates skip tokens.
    #[must_use]
    pub fn skip_token_key(&self) -> &[u8; 32] {
        &self.shared.facts.skip_token_key
    }

    /// Why the store accepts no writes until it is opened again, where that is so.
    #[must_use]
    pub fn stopped(&self) -> Option<String> {
        self.shared.health.stopped()
    }

    /// One action. Fast enough to call on an async worker: a read by key that never waits for writers.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] or [`StoreError::Corrupt`].
    pub fn action(&self, scope: TenantScope, id: ActionId) -> Result<Option<StoredAction>, StoreError> {
        self.shared.brief.read(|connection| {
            let Some(tenant) = self.tenant_key(connection, scope)? else { return Ok(None) };
            connection.first(rows::ACTION, &[tenant.into(), id.0.into()], |row| {
                Ok(StoredAction { id, version: self.version(row, 0)?, document: document(row, 1)? })
            })
        })
    }

    /// One app of the built-in issuer.
    ///
    /// # Errors
    /// As [`Store::action`].
    pub fn app(&self, scope: TenantScope, app: &AppId) -> Result<Option<App>, StoreError> {
        self.shared.brief.read(|connection| {
            let Some(tenant) = self.tenant_key(connection, scope)? else { return Ok(None) };
            connection.first(rows::APP, &[tenant.into(), (&*app.0).into()], |row| rows::app(row.text(0)?))
        })
    }

    /// The tenant's apps, by name.
    ///
    /// # Errors
    /// As [`Store::action`].
    pub fn apps(&self, scope: TenantScope) -> Result<Vec<App>, StoreError> {
        let mut apps = self.shared.brief.read(|connection| {
            let Some(tenant) = self.tenant_key(connection, scope)? else { return Ok(Vec::new()) };
            connection.all(rows::APPS, &[tenant.into()], |row| rows::app(row.text(0)?))
        })?;
        apps.sort_by(|a, b| (&a.name, &a.app_id).cmp(&(&b.name, &b.app_id)));
        Ok(apps)
    }

    /// Every tenant that has a journal, for operators' commands.
    ///
    /// # Errors
    /// As [`Store::action`].
    pub fn tenants(&self) -> Result<Vec<TenantId>, StoreError> {
        self.shared
            .brief
            .read(|connection| connection.all(rows::TENANTS, &[], |row| row.uuid(0).map(TenantId)))
    }

    /// Journal entries after `sequence`, at most `limit`.
    ///
    /// # Errors
    /// As [`Store::action`].
    pub fn journal(&self, scope: TenantScope, after: i64, limit: usize) -> Result<Vec<Entry>, StoreError> {
        self.shared.brief.read(|connection| {
            let Some(tenant) = self.tenant_key(connection, scope)? else { return Ok(Vec::new()) };
            let limit = i64::try_from(limit).unwrap_or(i64::MAX);
            connection.all(rows::JOURNAL, &[tenant.into(), after.into(), limit.into()], |row| {
                rows::entry(row, scope.tenant())
            })
        })
    }

    /// The connections for reads that take as long as they take.
    pub(crate) fn long(&self) -> &Pool {
        &self.shared.long
    }

    /// The connections for reads of that patience.
    pub(crate) fn pool(&self, patience: Patience) -> &Pool {
        match patience {
            Patience::Brief => &self.shared.brief,
            Patience::Until(_) => &self.shared.long,
        }
    }

    /// The tenant's small key; `None` where nothing was ever written for it.
    pub(crate) fn tenant_key(
        &self,
        connection: &Connection,
        scope: TenantScope,
    ) -> Result<Option<i64>, StoreError> {
        let tenant = scope.tenant();
        let known = self.shared.tenants.read().unwrap_or_else(PoisonError::into_inner).get(&tenant).copied();
        if known.is_some() {
            return Ok(known);
        }
        let found = connection.first(rows::HEAD, &[tenant.0.into()], |row| row.integer(0))?;
        if let Some(key) = found {
            self.shared.tenants.write().unwrap_or_else(PoisonError::into_inner).insert(tenant, key);
        }
        Ok(found)
    }

    /// The version of a row whose column `column` is its sequence.
    pub(crate) fn version(&self, row: &Row<'_>, column: usize) -> Result<Version, StoreError> {
        Ok(Version { epoch: self.epoch(), sequence: row.integer(column)? })
    }

    /// An action out of a list's row: created, id, sequence, doc.
    pub(crate) fn listed(&self, row: &Row<'_>) -> Result<(Timestamp, StoredAction), StoreError> {
        let created = Timestamp::from_ticks(row.integer(0)?);
        let id = ActionId(row.uuid(1)?);
        Ok((created, StoredAction { id, version: self.version(row, 2)?, document: document(row, 3)? }))
    }
}

impl std::fmt::Debug for Store {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Store").field("epoch", &self.epoch()).finish_non_exhaustive()
    }
}

fn document(row: &Row<'_>, column: usize) -> Result<Bytes, StoreError> {
    Ok(Bytes::copy_from_slice(row.text(column)?.as_bytes()))
}
