//! The one writer: load what a batch must see, write what was decided, in one durable transaction.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use interdict_model::journal::Head;
use interdict_model::view::{ActionWrite, ReadSet, WriteSet};
use interdict_model::{ActionId, TenantId, View};

use crate::checkpoint::{Checkpointer, Health};
use crate::engine::{Connection, Role};
use crate::open::Held;
use crate::{StoreError, StoreOptions, rows};

/// Triggers at which writing waits for the checkpoint.
const HARD_LIMIT: u64 = 4;
/// Tenants whose heads are remembered between batches.
const REMEMBERED: usize = 100_000;

/// The write side of the store. There is one; the committer's thread owns it.
#[derive(Debug)]
pub struct Writer {
    /// Before `connection`: its thread's connection must not be the last one to close.
    checkpointer: Checkpointer,
    /// `None` after a failure, until the next batch opens another.
    connection: Option<Connection>,
    options: StoreOptions,
    epoch: u32,
    /// Small keys and heads of tenants; forgotten after any failure, since they may be ahead of the file.
    heads: HashMap<TenantId, Known>,
    /// Keys of the rows that this batch loaded.
    rids: HashMap<(TenantId, ActionId), i64>,
    log_pages: Arc<AtomicU64>,
    log_pages_before: u64,
    trigger: u64,
    /// Whether the last write met a full disk.
    full: bool,
    health: Arc<Health>,
    /// Last: see [`Held`].
    _held: Arc<Held>,
}

impl Drop for Writer {
    /// After a failed sync the database file may lack pages that only the log still has: it must outlive us.
    fn drop(&mut self) {
        if self.health.stopped().is_some()
            && let Some(connection) = &self.connection
            && let Err(error) = connection.keep_log()
        {
            tracing::error!(%error, "the write-ahead log may be removed on closing");
        }
    }
}

/// A tenant that has a row in `head`.
#[derive(Clone, Copy, Debug)]
struct Known {
    key: i64,
    head: Head,
}

impl Writer {
    pub(crate) fn new(
        mut connection: Connection,
        options: &StoreOptions,
        epoch: u32,
        health: Arc<Health>,
        held: Arc<Held>,
    ) -> Result<Self, StoreError> {
        let log_pages = Arc::new(AtomicU64::new(0));
        connection.report_log_pages(Arc::clone(&log_pages))?;
        let checkpointer = Checkpointer::start(
            &options.path,
            options.vfs.as_deref(),
            Arc::clone(&health),
            Arc::clone(&held),
        )?;
        Ok(Self {
            checkpointer,
            connection: Some(connection),
            options: options.clone(),
            epoch,
            heads: HashMap::new(),
            rids: HashMap::new(),
            log_pages,
            log_pages_before: 0,
            trigger: options.checkpoint_pages,
            full: false,
            health,
            _held: held,
        })
    }

    /// Pages in the write-ahead log after the last commit.
    #[must_use]
    pub fn log_pages(&self) -> u64 {
        self.log_pages.load(Ordering::Relaxed)
    }

    /// Begins a transaction and loads what the batch must see.
    ///
    /// # Errors
    /// The transaction is rolled back; nothing happened.
    pub fn load(&mut self, reads: &ReadSet) -> Result<View, StoreError> {
        if let Some(cause) = self.health.stopped() {
            return Err(StoreError::Unavailable(cause));
        }
        self.rids.clear();
        if self.heads.len() > REMEMBERED {
            self.heads.clear();
        }
        self.guarded(|writer, connection| {
            connection.begin_write()?;
            writer.load_view(connection, reads)
        })
    }

    /// Writes and commits, durably.
    ///
    /// # Errors
    /// The transaction is rolled back; nothing happened, except where [`StoreError::OutcomeUnknown`] says so.
    pub fn commit(&mut self, writes: &WriteSet) -> Result<(), StoreError> {
        self.guarded(|writer, connection| {
            writer.write(connection, writes)?;
            connection.commit()
        })?;
        if std::mem::take(&mut self.full) {
            tracing::info!("the disk has space again; writes are accepted");
        }
        Ok(())
    }

    /// Ends a transaction in which nothing is to be written.
    pub fn abandon(&mut self) {
        if let Some(connection) = &self.connection {
            connection.rollback();
        }
    }

    /// Work between two batches: begins a checkpoint where the log is long, ends one where little is left of it.
    pub fn tend(&mut self) {
        let pages = self.log_pages();
        if pages < self.log_pages_before {
            self.trigger = self.options.checkpoint_pages;
        }
        self.log_pages_before = pages;
        if pages >= HARD_LIMIT * self.options.checkpoint_pages && pages >= self.trigger {
            tracing::warn!(pages, "the write-ahead log is too long; writing waits for a checkpoint");
            self.checkpointer.begin();
            self.checkpointer.wait();
            self.finish_checkpoint(Connection::checkpoint);
        } else if self.checkpointer.ended() {
            self.finish_checkpoint(Connection::checkpoint);
        } else if pages >= self.trigger {
            self.checkpointer.begin();
        }
    }

    /// Work while no command waits: empties the log.
    pub fn rest(&mut self) {
        if self.log_pages() == 0 {
            return;
        }
        self.checkpointer.wait();
        self.finish_checkpoint(Connection::truncate_log);
    }

    /// The last pass, made by the writer itself: it reaches the log's end and syncs the database file.
    fn finish_checkpoint(
        &mut self,
        pass: impl FnOnce(&Connection) -> Result<crate::engine::Checkpoint, StoreError>,
    ) {
        // The thread may have met a failed sync just now: then the log is the only sound copy.
        if self.health.stopped().is_some() {
            return;
        }
        // Where a reader keeps the log from starting anew, the next attempt comes after as many pages again.
        self.trigger = self.log_pages() + self.options.checkpoint_pages;
        let Some(connection) = &self.connection else { return };
        match pass(connection) {
            Ok(pass) if pass.logged == 0 => self.log_pages.store(0, Ordering::Relaxed),
            Ok(_) => {}
            Err(StoreError::OutcomeUnknown(cause)) => self.health.stop(cause),
            Err(error) => tracing::warn!(%error, "a checkpoint failed"),
        }
    }

    /// Runs one step of a batch on the connection; after a failure nothing in memory is trusted.
    fn guarded<T>(
        &mut self,
        step: impl FnOnce(&mut Self, &Connection) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        let connection = match self.connection.take() {
            Some(connection) => connection,
            None => {
                self.heads.clear();
                self.reopened()?
            }
        };
        let outcome = step(self, &connection);
        match &outcome {
            Ok(_) => self.connection = Some(connection),
            Err(error @ StoreError::NoSpace(_)) => {
                // Once until a write succeeds: every command until then meets the same.
                if !std::mem::replace(&mut self.full, true) {
                    tracing::error!(%error, "writes are refused until the disk has space");
                }
                connection.rollback();
                self.heads.clear();
                self.connection = Some(connection);
            }
            Err(error) => {
                tracing::error!(%error, "a batch was not written");
                connection.rollback();
                self.heads.clear();
            }
        }
        outcome
    }

    fn reopened(&self) -> Result<Connection, StoreError> {
        let mut connection = Connection::open(&self.options.path, self.options.vfs.as_deref(), Role::Write)?;
        connection.configure(Role::Write)?;
        connection.report_log_pages(Arc::clone(&self.log_pages))?;
        Ok(connection)
    }

    fn load_view(&mut self, connection: &Connection, reads: &ReadSet) -> Result<View, StoreError> {
        let mut view = View { epoch: self.epoch, ..View::default() };
        for tenant in &reads.tenants {
            if let Some(known) = self.known(connection, *tenant)? {
                view.heads.insert(*tenant, known.head);
            }
        }
        for key in &reads.filings {
            if view.filings.contains_key(key) {
                continue;
            }
            let filing = match self.known(connection, key.tenant)? {
                Some(known) => {
                    connection.first(rows::FILING, &rows::filing_key(known.key, key), rows::filing)?
                }
                None => None,
            };
            if let Some(filing) = filing {
                self.load_action(connection, &mut view, key.tenant, filing.action)?;
            }
            view.filings.insert(key.clone(), filing);
        }
        for (tenant, id) in &reads.actions {
            self.load_action(connection, &mut view, *tenant, *id)?;
        }
        for key @ (tenant, app) in &reads.apps {
            let app = match self.known(connection, *tenant)? {
                Some(known) => connection
                    .first(rows::APP, &[known.key.into(), (&*app.0).into()], |row| rows::app(row.text(0)?))?,
                None => None,
            };
            view.apps.insert(key.clone(), app);
        }
        Ok(view)
    }

    fn load_action(
        &mut self,
        connection: &Connection,
        view: &mut View,
        tenant: TenantId,
        id: ActionId,
    ) -> Result<(), StoreError> {
        let key = (tenant, id);
        if view.actions.contains_key(&key) {
            return Ok(());
        }
        let found = match self.known(connection, tenant)? {
            Some(known) => connection.first(rows::RECORD, &[known.key.into(), id.0.into()], rows::record)?,
            None => None,
        };
        let record = found.map(|(rid, record)| {
            self.rids.insert(key, rid);
            record
        });
        view.actions.insert(key, record);
        Ok(())
    }

    fn known(&mut self, connection: &Connection, tenant: TenantId) -> Result<Option<Known>, StoreError> {
        if let Some(known) = self.heads.get(&tenant) {
            return Ok(Some(*known));
        }
        let found = connection.first(rows::HEAD, &[tenant.0.into()], |row| {
            Ok(Known { key: row.integer(0)?, head: rows::head(row, 1)? })
        })?;
        if let Some(known) = found {
            self.heads.insert(tenant, known);
        }
        Ok(found)
    }

    fn write(&mut self, connection: &Connection, writes: &WriteSet) -> Result<(), StoreError> {
        for (tenant, head) in &writes.heads {
            self.write_head(connection, *tenant, *head)?;
        }
        for (tenant, id) in &writes.unfiled {
            let key = self.key(*tenant)?;
            connection.execute(rows::DELETE_FILINGS, &[key.into(), id.0.into()])?;
        }
        for ((tenant, id), write) in &writes.actions {
            let changed = match write {
                ActionWrite::Insert(record) => connection
                    .execute(rows::INSERT_ACTION, &rows::insert_values(self.key(*tenant)?, record))?,
                ActionWrite::Update(record, columns) => {
                    let (text, values) = rows::update(record, *columns, self.rid(*tenant, *id)?);
                    connection.execute(text, &values)?
                }
                ActionWrite::Delete => {
                    connection.execute(rows::DELETE_ACTION, &[self.rid(*tenant, *id)?.into()])?
                }
            };
            if changed != 1 {
                return Err(StoreError::Corrupt(format!("writing action `{id}` changed {changed} rows")));
            }
        }
        for (key, filing) in &writes.filings {
            let [tenant, app, context] = rows::filing_key(self.key(key.tenant)?, key);
            let values = [tenant, app, context, filing.action.0.into(), filing.digest.as_slice().into()];
            connection.execute(rows::PUT_FILING, &values)?;
        }
        for ((tenant, id), app) in &writes.apps {
            let key = [self.key(*tenant)?.into(), (&*id.0).into()];
            match app {
                Some(app) => {
                    let text = serde_json::to_string(app).unwrap_or_default();
                    let [tenant, id] = key;
                    connection.execute(rows::PUT_APP, &[tenant, id, text.as_str().into()])?
                }
                None => connection.execute(rows::DELETE_APP, &key)?,
            };
        }
        for entry in &writes.entries {
            connection.execute(rows::INSERT_ENTRY, &rows::entry_values(self.key(entry.tenant)?, entry))?;
        }
        Ok(())
    }

    fn write_head(
        &mut self,
        connection: &Connection,
        tenant: TenantId,
        head: Head,
    ) -> Result<(), StoreError> {
        let hash = head.hash.as_slice();
        let key = match self.heads.get(&tenant) {
            Some(known) => {
                let values = [head.sequence.into(), hash.into(), head.at.ticks().into(), known.key.into()];
                connection.execute(rows::UPDATE_HEAD, &values)?;
                known.key
            }
            None => connection
                .first(
                    rows::INSERT_HEAD,
                    &[tenant.0.into(), head.sequence.into(), hash.into(), head.at.ticks().into()],
                    |row| row.integer(0),
                )?
                .ok_or_else(|| StoreError::Corrupt("a new tenant got no key".to_owned()))?,
        };
        // Ahead of the file until the commit; forgotten where that fails.
        self.heads.insert(tenant, Known { key, head });
        Ok(())
    }

    fn key(&self, tenant: TenantId) -> Result<i64, StoreError> {
        let known = self.heads.get(&tenant);
        known
            .map(|known| known.key)
            .ok_or_else(|| StoreError::Corrupt(format!("tenant `{tenant}` has no journal")))
    }

    fn rid(&self, tenant: TenantId, id: ActionId) -> Result<i64, StoreError> {
        let rid = self.rids.get(&(tenant, id)).copied();
        rid.ok_or_else(|| StoreError::Corrupt(format!("action `{id}` is written but was not loaded")))
    }
}
