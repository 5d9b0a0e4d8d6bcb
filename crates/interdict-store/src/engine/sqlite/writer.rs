//! The one writer: load what a batch must see, write what was decided, in one durable transaction.

use std::collections::HashMap;
use std::ops::ControlFlow;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use interdict_model::journal::Head;
use interdict_model::settings::Settings;
use interdict_model::view::{ReadSet, WriteSet};
use interdict_model::{TenantId, View};
use tokio::sync::watch;

use super::checkpoint::{Checkpointer, Health};
use super::{Connection, Held, Pool, Role};
use crate::load::{self, Wanted, WantedEffects};
use crate::tables::{self, Lookup};
use crate::{SqliteOptions, StoreError, Value, dialect, plan, rows};

/// Triggers at which writing waits for the checkpoint.
const HARD_LIMIT: u64 = 4;
/// Tenants whose heads are remembered between batches.
const REMEMBERED: usize = 100_000;

/// The write side of the store. There is one; the committer's thread owns it.
#[derive(Debug)]
pub(crate) struct Writer {
    /// Before `connection`: its thread's connection must not be the last one to close.
    checkpointer: Checkpointer,
    /// `None` after a failure, until the next batch opens another.
    connection: Option<Connection>,
    options: SqliteOptions,
    epoch: u32,
    /// Small keys and heads of tenants; forgotten after any failure, since they may be ahead of the file.
    tenants: HashMap<TenantId, i64>,
    heads: HashMap<TenantId, Head>,
    sealed: HashMap<TenantId, i64>,
    settings: HashMap<TenantId, Arc<Settings>>,
    log_pages: Arc<AtomicU64>,
    log_pages_before: u64,
    trigger: u64,
    /// Whether the last write met a full disk.
    full: bool,
    /// Last: see [`Held`].
    shared: Shared,
}

/// What the writer shares with the store's readers.
#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) health: Arc<Health>,
    /// Counted up after every commit, before anybody is told of it.
    pub(crate) commits: Arc<AtomicU64>,
    /// Told of commits.
    pub(crate) changes: watch::Sender<u64>,
    /// Readers that keep their transactions open.
    pub(crate) readers: Arc<Pool>,
    /// Last: see [`Held`].
    pub(crate) held: Arc<Held>,
}

impl Drop for Writer {
    /// After a failed sync the database file may lack pages that only the log still has: it must outlive us.
    fn drop(&mut self) {
        if self.shared.health.stopped().is_some()
            && let Some(connection) = &self.connection
            && let Err(error) = connection.keep_log()
        {
            tracing::error!(%error, "the write-ahead log may be removed on closing");
        }
    }
}

impl Writer {
    pub(crate) fn new(
        mut connection: Connection,
        options: &SqliteOptions,
        epoch: u32,
        shared: Shared,
    ) -> Result<Self, StoreError> {
        let log_pages = Arc::new(AtomicU64::new(0));
        connection.report_log_pages(Arc::clone(&log_pages))?;
        let checkpointer = Checkpointer::start(
            &options.path,
            options.vfs.as_deref(),
            Arc::clone(&shared.health),
            Arc::clone(&shared.held),
        )?;
        Ok(Self {
            checkpointer,
            connection: Some(connection),
            options: options.clone(),
            epoch,
            tenants: HashMap::new(),
            heads: HashMap::new(),
            sealed: HashMap::new(),
            settings: HashMap::new(),
            log_pages,
            log_pages_before: 0,
            trigger: options.checkpoint_pages,
            full: false,
            shared,
        })
    }

    /// Pages in the write-ahead log after the last commit.
    #[must_use]
    pub(crate) fn log_pages(&self) -> u64 {
        self.log_pages.load(Ordering::Relaxed)
    }

    /// Begins a transaction and loads what the batch must see.
    ///
    /// # Errors
    /// The transaction is rolled back; nothing happened.
    pub(crate) fn load(&mut self, reads: &ReadSet) -> Result<View, StoreError> {
        if let Some(cause) = self.shared.health.stopped() {
            return Err(StoreError::Unavailable(cause));
        }
        if self.heads.len() > REMEMBERED {
            self.forget();
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
    pub(crate) fn commit(&mut self, writes: &WriteSet) -> Result<(), StoreError> {
        let outcome = self.guarded(|writer, connection| {
            writer.write(connection, writes)?;
            connection.commit()
        });
        // Also where it failed: what is not known to be durable may be there all the same.
        self.shared.commits.fetch_add(1, Ordering::Release);
        outcome?;
        self.shared.changes.send_modify(|count| *count = count.wrapping_add(1));
        if std::mem::take(&mut self.full) {
            tracing::info!("the disk has space again; writes are accepted");
        }
        Ok(())
    }

    /// Runs one statement, durably.
    pub(crate) fn execute(&mut self, sql: &str, values: &[Value<'_>]) -> Result<(), StoreError> {
        self.guarded(|_, connection| connection.execute(sql, values).map(drop))
    }

    /// Ends a transaction in which nothing is to be written.
    pub(crate) fn abandon(&mut self) {
        if let Some(connection) = &self.connection {
            connection.rollback();
        }
    }

    /// Work between two batches: begins a checkpoint where the log is long, ends one where little is left of it.
    pub(crate) fn tend(&mut self) {
        let pages = self.log_pages();
        if pages < self.log_pages_before {
            self.trigger = self.options.checkpoint_pages;
            self.shared.readers.keep();
        }
        self.log_pages_before = pages;
        if pages >= HARD_LIMIT * self.options.checkpoint_pages && pages >= self.trigger {
            tracing::warn!(pages, "the write-ahead log is too long; writing waits for a checkpoint");
            self.shared.readers.let_go();
            self.checkpointer.begin();
            self.checkpointer.wait();
            self.finish_checkpoint(Connection::checkpoint);
        } else if self.checkpointer.ended() {
            self.finish_checkpoint(Connection::checkpoint);
        } else if pages >= self.trigger {
            self.shared.readers.let_go();
            self.checkpointer.begin();
        }
    }

    /// Work while no command waits: empties the log.
    pub(crate) fn rest(&mut self) {
        if self.log_pages() == 0 {
            return;
        }
        self.checkpointer.wait();
        self.finish_checkpoint(Connection::truncate_log);
    }

    /// The last pass, made by the writer itself: it reaches the log's end and syncs the database file.
    fn finish_checkpoint(&mut self, pass: impl FnOnce(&Connection) -> Result<super::Checkpoint, StoreError>) {
        // The thread may have met a failed sync just now: then the log is the only sound copy.
        if self.shared.health.stopped().is_some() {
            return;
        }
        // Where a reader keeps the log from starting anew, the next attempt comes after as many pages again.
        self.trigger = self.log_pages() + self.options.checkpoint_pages;
        let Some(connection) = &self.connection else { return };
        self.shared.readers.let_go();
        match pass(connection) {
            Ok(pass) if pass.logged == 0 => {
                self.log_pages.store(0, Ordering::Relaxed);
                self.shared.readers.keep();
            }
            Ok(_) => {}
            Err(StoreError::OutcomeUnknown(cause)) => self.shared.health.stop(cause),
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
                self.forget();
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
                self.forget();
                self.connection = Some(connection);
            }
            Err(error) => {
                tracing::error!(%error, "a batch was not written");
                connection.rollback();
                self.forget();
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

    fn forget(&mut self) {
        self.tenants.clear();
        self.heads.clear();
        self.sealed.clear();
        self.settings.clear();
    }

    fn load_view(&mut self, connection: &Connection, reads: &ReadSet) -> Result<View, StoreError> {
        let mut view = View { epoch: self.epoch, ..View::default() };
        for tenant in &reads.tenants {
            if !self.heads.contains_key(tenant) {
                let found = connection.first(dialect::HEAD, &[tenant.0.into()], |row| {
                    Ok((row.integer(0)?, rows::head(row, 1)?, row.integer(4)?))
                })?;
                let Some((key, head, sealed)) = found else { continue };
                self.tenants.insert(*tenant, key);
                self.heads.insert(*tenant, head);
                self.sealed.insert(*tenant, sealed);
            }
            view.heads.extend(self.heads.get(tenant).map(|head| (*tenant, *head)));
            view.sealed.extend(self.sealed.get(tenant).map(|sealed| (*tenant, *sealed)));
        }
        let fleets = |tenant, provider| {
            self.settings.get(&tenant).is_none_or(|settings| settings.may_be_fleet(provider))
        };
        let wanted = Wanted::of(reads, &self.tenants, fleets, &mut view);
        look_up(connection, &tables::FILING, &wanted.filing_keys(), |index, row| {
            wanted.found_filing(index, row, &mut view)
        })?;
        look_up(connection, &tables::RECORD, &wanted.action_keys(), |index, row| {
            wanted.found_action(index, row, &mut view)
        })?;
        look_up(connection, &tables::APP, &wanted.app_keys(), |index, row| {
            wanted.found_app(index, row, &mut view)
        })?;
        for wanted in wanted.queues() {
            let values = wanted.values();
            connection.each_until(tables::QUEUE, &values, |row| {
                wanted.found(row, &mut view).map(ControlFlow::Continue)
            })?;
            let in_flight = connection.first(tables::IN_FLIGHT, &values[..2], |row| row.integer(0))?;
            let queue = view.queues.entry((wanted.tenant, wanted.provider)).or_default();
            queue.in_flight = in_flight.unwrap_or_default();
            connection.each_until(tables::MEMBERS, &values[..2], |row| {
                let (name, at) = rows::member(row)?;
                queue.members.insert(name, at);
                Ok(ControlFlow::Continue(()))
            })?;
        }
        for (key, tenant, provider) in wanted.occupied() {
            let values = [(*key).into(), provider.0.into()];
            let found = connection.first(tables::OCCUPIED, &values, |row| row.integer(0))?;
            view.occupied.insert((*tenant, *provider), found == Some(1));
        }
        look_up(connection, &tables::ANSWERED, &wanted.answered_keys(), |index, row| {
            wanted.found_answered(index, row, &mut view)
        })?;
        for tenant in &reads.settings {
            if let Some(settings) = self.settings_of(connection, *tenant)? {
                view.settings.insert(*tenant, settings);
            }
        }
        for start in load::starts(reads, &self.tenants, &view) {
            let (key, _, id, provider) = start;
            connection.each_until(tables::IN_THE_WAY, &[key.into(), id.0.into()], |row| {
                load::found_in_the_way(&start, row, &mut view).map(ControlFlow::Continue)
            })?;
            let values = [key.into(), provider.0.into()];
            let in_flight = connection.first(tables::IN_FLIGHT, &values, |row| row.integer(0))?;
            load::looked_in_the_way(&start, in_flight.unwrap_or_default(), &mut view);
        }
        let effects = WantedEffects::of(reads, &self.tenants, &view);
        look_up(connection, &tables::EFFECT_BY_KEY, &effects.keys(), |index, row| {
            effects.found(index, row, &mut view)
        })?;
        Ok(view)
    }

    /// A tenant's settings, read once: nobody else changes them.
    fn settings_of(
        &mut self,
        connection: &Connection,
        tenant: TenantId,
    ) -> Result<Option<Arc<Settings>>, StoreError> {
        if let Some(settings) = self.settings.get(&tenant) {
            return Ok(Some(Arc::clone(settings)));
        }
        let Some(key) = self.tenants.get(&tenant) else { return Ok(None) };
        let mut settings = Settings::default();
        connection.each_until(tables::SETTINGS, &[(*key).into()], |row| {
            settings.put(rows::setting(row.text(0)?)?);
            Ok(ControlFlow::Continue(()))
        })?;
        let settings = Arc::new(settings);
        self.settings.insert(tenant, Arc::clone(&settings));
        Ok(Some(settings))
    }

    fn write(&mut self, connection: &Connection, writes: &WriteSet) -> Result<(), StoreError> {
        let mut new = Vec::new();
        for (tenant, head) in &writes.heads {
            if !self.heads.contains_key(tenant) {
                let hash = head.hash.as_slice();
                let values = [tenant.0.into(), head.sequence.into(), hash.into(), head.at.ticks().into()];
                let key = connection.first(rows::INSERT_HEAD, &values, |row| row.integer(0))?;
                let key = key.ok_or_else(|| StoreError::Corrupt("a new tenant got no key".to_owned()))?;
                self.tenants.insert(*tenant, key);
                new.push(*tenant);
            }
            // Ahead of the file until the commit; forgotten where that fails.
            self.heads.insert(*tenant, *head);
        }
        for (tenant, sequence) in writes.seals.keys() {
            self.sealed.insert(*tenant, *sequence);
        }
        for tenant in writes.settings_versions.keys() {
            self.settings.remove(tenant);
        }
        let documents = plan::app_documents(writes);
        let steps = plan::steps(writes, &documents, &self.tenants, |tenant| new.contains(&tenant))?;
        for (write, rows) in &steps {
            let text = dialect::write_row(write);
            for values in rows {
                let changed = connection.execute(text, values)?;
                if changed != 1 && !write.may_change_nothing() {
                    let table = write.table;
                    return Err(StoreError::Corrupt(format!("a write to `{table}` changed {changed} rows")));
                }
            }
        }
        Ok(())
    }
}

/// Hands the row of each key that has one to `read`.
fn look_up(
    connection: &Connection,
    lookup: &Lookup,
    keys: &[Vec<Value<'_>>],
    mut read: impl FnMut(usize, &super::Row<'_>) -> Result<(), StoreError>,
) -> Result<(), StoreError> {
    let text = dialect::read_row(lookup);
    for (index, key) in keys.iter().enumerate() {
        connection.first(text, key, |row| read(index, row))?;
    }
    Ok(())
}
