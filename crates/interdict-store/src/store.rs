//! The store: opening it, and reading what is committed.

use std::collections::HashMap;
use std::sync::atomic::AtomicU64;
use std::sync::{Arc, PoisonError, RwLock};

use bytes::Bytes;
use interdict_model::app::App;
use interdict_model::clock::Clock;
use interdict_model::journal::Entry;
use interdict_model::{ActionId, AppId, TenantId, TenantScope, Version};
use tokio::sync::watch;
use tokio_postgres_rustls::MakeRustlsConnect;

use crate::birth::{self, Facts};
use crate::engine::{Reader, Row, Session, postgres, sqlite};
use crate::faults::Fault;
use crate::writer::{self, Writer};
use crate::{
    Birth, Patience, PostgresOptions, SqliteOptions, StoreError, StoreOptions, dialect, duty, migrate, rows,
    tables,
};

/// Reads that may take long, at once: they have connections apart from those of brief reads, so that a slow list
/// delays no GET.
const LONG_READS: usize = 2;

/// The store, for reading. Cheap to clone.
#[derive(Clone)]
pub struct Store {
    shared: Arc<Shared>,
}

struct Shared {
    facts: Facts,
    /// The small keys of tenants, as far as they were asked for.
    tenants: RwLock<HashMap<TenantId, i64>>,
    readers: Readers,
}

enum Readers {
    Sqlite {
        brief: Arc<sqlite::Pool>,
        long: sqlite::Pool,
        health: Arc<sqlite::Health>,
        changes: watch::Sender<u64>,
        /// Last: see [`sqlite::Held`].
        _held: Option<Arc<sqlite::Held>>,
    },
    Postgres {
        reads: postgres::Reads,
        shared: Arc<postgres::Shared>,
        pool: postgres::Pool,
        pulse: Arc<postgres::Pulse>,
        options: PostgresOptions,
        tls: MakeRustlsConnect,
    },
}

/// Tenants with providers whose setting does not say that the restored store is right.
const UNSURE: &str = "SELECT count(*) FROM head WHERE EXISTS \
     (SELECT 1 FROM setting WHERE setting.tenant = head.tenant AND setting.kind = 1) AND NOT EXISTS \
     (SELECT 1 FROM setting WHERE setting.tenant = head.tenant AND setting.kind = 5 AND setting.doc LIKE $1)";

/// A file that servers are kept away from.
#[derive(Debug)]
pub struct Hold(#[expect(dead_code, reason = "held, not looked at")] sqlite::Held);

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
    /// Opens the store, making or migrating it where needed. There is one writer, or on PostgreSQL one for each lane.
    ///
    /// # Errors
    /// [`StoreError::Refused`] or [`StoreError::Unfit`] with a hint where it is not ours, newer, or held by another
    /// process; [`StoreError::Unavailable`] where it may be worth trying again.
    pub async fn open(options: &StoreOptions, birth: Birth) -> Result<(Self, Vec<Writer>), StoreError> {
        match options {
            StoreOptions::Sqlite(options) => Self::open_file(options, birth).await,
            StoreOptions::Postgres(options) => Self::open_server(options, birth).await,
        }
    }

    async fn open_file(options: &SqliteOptions, birth: Birth) -> Result<(Self, Vec<Writer>), StoreError> {
        let held = Arc::new(sqlite::hold(&options.path)?);
        if Fault::UnsyncedTail.is_armed() {
            sqlite::lose_tail(&options.path).map_err(|error| StoreError::Unavailable(error.to_string()))?;
        }
        let mut connection = sqlite::open_for_writing(options, &held)?;
        let facts = founded(&mut Session::Sqlite(&mut connection), birth).await?;
        let (commits, changes) = (Arc::<AtomicU64>::default(), watch::Sender::new(0));
        let health = Arc::new(sqlite::Health::default());
        let brief =
            Arc::new(sqlite::Pool::open(options, options.readers.max(1), Some(Arc::clone(&commits)))?);
        let shared = sqlite::Shared {
            health: Arc::clone(&health),
            commits,
            changes: changes.clone(),
            readers: Arc::clone(&brief),
            held: Arc::clone(&held),
        };
        let writer = sqlite::Writer::new(connection, options, facts.epoch, shared)?;
        let long = sqlite::Pool::open(options, LONG_READS, None)?;
        let readers = Readers::Sqlite { brief, long, health, changes, _held: Some(held) };
        Ok((Self::with(facts, readers), vec![Writer(writer::Engine::Sqlite(writer))]))
    }

    async fn open_server(options: &PostgresOptions, birth: Birth) -> Result<(Self, Vec<Writer>), StoreError> {
        let readers = Readers::of_server(options)?;
        let facts = {
            let mut reader = readers.lend(None).await?;
            let mut session = reader.session()?;
            let facts = founded(&mut session, birth).await?;
            duty::make_up(&mut session).await?;
            facts
        };
        let Readers::Postgres { pulse, tls, .. } = &readers else {
            return Err(StoreError::Unavailable("no server".to_owned()));
        };
        let lanes = (0..options.lanes.max(1)).map(|_| {
            let lane = postgres::Lane::new(options, tls.clone(), facts.epoch, Arc::clone(pulse));
            Writer(writer::Engine::Postgres(lane))
        });
        let lanes = lanes.collect();
        Ok((Self::with(facts, readers), lanes))
    }

    /// Opens an existing store for reading alone, while a server may be running on it.
    ///
    /// # Errors
    /// As [`Store::open`].
    pub async fn open_read_only(options: &StoreOptions) -> Result<Self, StoreError> {
        let readers = match options {
            StoreOptions::Sqlite(options) => {
                sqlite::refuse_non_file(&options.path)?;
                sqlite::refuse_missing(options)?;
                sqlite::refuse_foreign_file(options)?;
                // Another process commits: what a kept transaction saw would grow old unnoticed.
                Readers::Sqlite {
                    brief: Arc::new(sqlite::Pool::open(options, options.readers.max(1), None)?),
                    long: sqlite::Pool::open(options, LONG_READS, None)?,
                    health: Arc::default(),
                    changes: watch::Sender::new(0),
                    _held: None,
                }
            }
            StoreOptions::Postgres(options) => Readers::of_server(options)?,
        };
        let mut reader = readers.lend(None).await?;
        let mut session = reader.session()?;
        if migrate::checked(&mut session).await? == 0 {
            return Err(StoreError::Refused("there is no store in that database".to_owned()));
        }
        let facts = birth::facts(&mut session).await?;
        drop(reader);
        Ok(Self::with(facts, readers))
    }

    /// Keeps servers away from a file as long as it is held.
    ///
    /// # Errors
    /// [`StoreError::Refused`] where there is no such file, or a server has it.
    pub fn hold(options: &SqliteOptions) -> Result<Hold, StoreError> {
        sqlite::refuse_missing(options)?;
        sqlite::hold(&options.path).map(Hold)
    }

    fn with(facts: Facts, readers: Readers) -> Self {
        Self { shared: Arc::new(Shared { facts, tenants: RwLock::default(), readers }) }
    }

    /// Whether reads hold up the thread that they run on, so that long ones belong on a thread of their own.
    #[must_use]
    pub fn blocks(&self) -> bool {
        matches!(self.shared.readers, Readers::Sqlite { .. })
    }

    /// Reads with [`Patience::Until`] that have a connection each.
    #[must_use]
    pub fn long_reads(&self) -> usize {
        match &self.shared.readers {
            Readers::Sqlite { .. } => LONG_READS,
            Readers::Postgres { options, .. } => options.readers.max(1),
        }
    }

    /// Counts up when something may have been committed, by this node or another.
    #[must_use]
    pub fn changes(&self) -> watch::Receiver<u64> {
        match &self.shared.readers {
            Readers::Sqlite { changes, .. } => changes.subscribe(),
            Readers::Postgres { pulse, .. } => pulse.changes(),
        }
    }

    /// Watches over the store until it is dropped: whether it can be used, and what other nodes commit.
    pub async fn watch(&self, clock: &dyn Clock) {
        match &self.shared.readers {
            Readers::Sqlite { .. } => std::future::pending().await,
            Readers::Postgres { pulse, options, tls, .. } => pulse.beat(options, tls, clock).await,
        }
    }

    /// Registers a fact that all nodes of a store must share, and tells what is registered.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] or [`StoreError::Corrupt`].
    pub async fn register(&self, key: &str, value: &[u8]) -> Result<Vec<u8>, StoreError> {
        match &self.shared.readers {
            // One node alone has it, under its lock.
            Readers::Sqlite { .. } => Ok(value.to_vec()),
            readers @ Readers::Postgres { .. } => {
                birth::register(&mut readers.lend(None).await?.session()?, key, value).await
            }
        }
    }

    /// A fact that all nodes of a store share, where it was registered.
    ///
    /// # Errors
    /// As [`Store::register`].
    pub async fn registered(&self, key: &str) -> Result<Option<Vec<u8>>, StoreError> {
        match &self.shared.readers {
            Readers::Sqlite { .. } => Ok(None),
            readers @ Readers::Postgres { .. } => {
                birth::registered(&mut readers.lend(None).await?.session()?, key).await
            }
        }
    }

    /// The epoch of the store whose journals are being imported here, where that was begun and not finished.
    ///
    /// # Errors
    /// As [`Store::action`].
    pub async fn unfinished_import(&self) -> Result<Option<u32>, StoreError> {
        let mut reader = self.by_key().await?;
        let found = birth::registered(&mut reader.session()?, birth::IMPORT).await?;
        Ok(found.and_then(|epoch| epoch.try_into().ok()).map(u32::from_be_bytes))
    }

    /// The store's epoch.
    #[must_use]
    pub fn epoch(&self) -> u32 {
        self.shared.facts.epoch
    }

    /// The epoch that the store got when it was restored from a backup, where it ever was.
    #[must_use]
    pub fn restored(&self) -> Option<u32> {
        self.shared.facts.restored
    }

    /// How many tenants with providers have not said that the store is right since it was restored.
    ///
    /// # Errors
    /// As [`Store::action`].
    pub async fn unsure_tenants(&self) -> Result<u64, StoreError> {
        let Some(epoch) = self.restored() else { return Ok(0) };
        let confirmed = format!("%\"confirmedEpoch\":{epoch}}}%");
        let mut reader = self.by_key().await?;
        let found = reader.session()?.first(UNSURE, &[(&*confirmed).into()], |row| row.integer(0)).await?;
        Ok(found.and_then(|count| count.try_into().ok()).unwrap_or_default())
    }

    /// The key that authenticates skip tokens.
    #[must_use]
    pub fn skip_token_key(&self) -> &[u8; 32] {
        &self.shared.facts.skip_token_key
    }

    /// Why the store cannot be used, or takes no writes, where that is so.
    #[must_use]
    pub fn stopped(&self) -> Option<String> {
        match &self.shared.readers {
            Readers::Sqlite { health, .. } => health.stopped(),
            Readers::Postgres { pulse, .. } => pulse.ill(),
        }
    }

    /// One action: a read by key that never waits for writers. On SQLite it is done when it is first polled.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`], [`StoreError::Deadline`] or [`StoreError::Corrupt`].
    pub async fn action(&self, scope: TenantScope, id: ActionId) -> Result<Option<StoredAction>, StoreError> {
        if let Readers::Postgres { reads, .. } = &self.shared.readers
            && let Some(tenant) = self.known_key(scope)
        {
            let found = reads.get(tenant, id).await?;
            return Ok(found.map(|(sequence, document)| self.stored(id, sequence, document)));
        }
        let mut reader = self.by_key().await?;
        let mut session = reader.session()?;
        let Some(tenant) = self.tenant_key(&mut session, scope).await? else { return Ok(None) };
        let text = dialect::read_row(&tables::DOCUMENT);
        session
            .first(text, &[tenant.into(), id.0.into()], |row| {
                Ok(self.stored(id, row.integer(0)?, document(row, 1)?))
            })
            .await
    }

    /// One app of the built-in issuer.
    ///
    /// # Errors
    /// As [`Store::action`].
    pub async fn app(&self, scope: TenantScope, app: &AppId) -> Result<Option<App>, StoreError> {
        let mut reader = self.by_key().await?;
        let mut session = reader.session()?;
        let Some(tenant) = self.tenant_key(&mut session, scope).await? else { return Ok(None) };
        session.first(rows::APP, &[tenant.into(), (&*app.0).into()], |row| rows::app(row.text(0)?)).await
    }

    /// The tenant's apps, by name.
    ///
    /// # Errors
    /// As [`Store::action`].
    pub async fn apps(&self, scope: TenantScope) -> Result<Vec<App>, StoreError> {
        let mut reader = self.by_key().await?;
        let mut session = reader.session()?;
        let Some(tenant) = self.tenant_key(&mut session, scope).await? else { return Ok(Vec::new()) };
        let mut apps = session.all(rows::APPS, &[tenant.into()], |row| rows::app(row.text(0)?)).await?;
        apps.sort_by(|a, b| (&a.name, &a.app_id).cmp(&(&b.name, &b.app_id)));
        Ok(apps)
    }

    /// Every tenant that has a journal, for operators' commands.
    ///
    /// # Errors
    /// As [`Store::action`].
    pub async fn tenants(&self) -> Result<Vec<TenantId>, StoreError> {
        let mut reader = self.by_key().await?;
        reader.session()?.all(rows::TENANTS, &[], |row| row.uuid(0).map(TenantId)).await
    }

    /// Journal entries after `sequence`, at most `limit`.
    ///
    /// # Errors
    /// As [`Store::action`].
    pub async fn journal(
        &self,
        scope: TenantScope,
        after: i64,
        limit: usize,
    ) -> Result<Vec<Entry>, StoreError> {
        let mut reader = self.by_key().await?;
        let mut session = reader.session()?;
        let Some(tenant) = self.tenant_key(&mut session, scope).await? else { return Ok(Vec::new()) };
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let values = [tenant.into(), after.into(), limit.into()];
        session.all(rows::JOURNAL, &values, |row| rows::entry(row, scope.tenant())).await
    }

    /// A connection for reads by key.
    pub(crate) async fn by_key(&self) -> Result<Reader<'_>, StoreError> {
        match &self.shared.readers {
            Readers::Sqlite { brief, .. } => brief.lend(None).map(Reader::Sqlite),
            Readers::Postgres { shared, .. } => shared.lend().await.map(Reader::Postgres),
        }
    }

    /// A connection for reads that end with `patience`, or take as long as they take.
    pub(crate) async fn reader(&self, patience: Option<Patience>) -> Result<Reader<'_>, StoreError> {
        self.shared.readers.lend(patience).await
    }

    /// The tenant's small key, where it was asked for before.
    fn known_key(&self, scope: TenantScope) -> Option<i64> {
        self.shared.tenants.read().unwrap_or_else(PoisonError::into_inner).get(&scope.tenant()).copied()
    }

    /// The tenant's small key; `None` where nothing was ever written for it.
    pub(crate) async fn tenant_key(
        &self,
        session: &mut Session<'_>,
        scope: TenantScope,
    ) -> Result<Option<i64>, StoreError> {
        let known = self.known_key(scope);
        if known.is_some() {
            return Ok(known);
        }
        let tenant = scope.tenant();
        let found = session.first(dialect::HEAD, &[tenant.0.into()], |row| row.integer(0)).await?;
        if let Some(key) = found {
            self.shared.tenants.write().unwrap_or_else(PoisonError::into_inner).insert(tenant, key);
        }
        Ok(found)
    }

    pub(crate) fn stored(&self, id: ActionId, sequence: i64, document: Bytes) -> StoredAction {
        StoredAction { id, version: Version { epoch: self.epoch(), sequence }, document }
    }
}

impl Readers {
    fn of_server(options: &PostgresOptions) -> Result<Self, StoreError> {
        let tls = options.address.tls()?;
        let pulse = Arc::new(postgres::Pulse::new());
        let shared = Arc::new(postgres::Shared::new(options, tls.clone(), pulse.generation()));
        let pool = postgres::Pool::new(options, tls.clone(), pulse.generation())?;
        Ok(Self::Postgres {
            reads: postgres::Reads::start(&shared),
            shared,
            pool,
            pulse,
            options: options.clone(),
            tls,
        })
    }

    async fn lend(&self, patience: Option<Patience>) -> Result<Reader<'_>, StoreError> {
        match self {
            Self::Sqlite { brief, .. } if matches!(patience, Some(Patience::Brief)) => {
                brief.lend(patience).map(Reader::Sqlite)
            }
            Self::Sqlite { long, .. } => long.lend(patience).map(Reader::Sqlite),
            Self::Postgres { shared, pool, .. } => match patience {
                Some(Patience::Brief) => shared.lend().await,
                Some(Patience::Until(deadline)) => pool.lend(Some(deadline.into())).await,
                None => pool.lend(None).await,
            }
            .map(Reader::Postgres),
        }
    }
}

/// Makes the store what this program needs, and reads what it was born with.
async fn founded(session: &mut Session<'_>, birth: Birth) -> Result<Facts, StoreError> {
    migrate::migrate(session).await?;
    birth::bear(session, birth).await?;
    birth::facts(session).await
}

impl std::fmt::Debug for Store {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Store").field("epoch", &self.epoch()).finish_non_exhaustive()
    }
}

pub(crate) fn document(row: &Row<'_>, column: usize) -> Result<Bytes, StoreError> {
    Ok(Bytes::copy_from_slice(row.text_bytes(column)?))
}
