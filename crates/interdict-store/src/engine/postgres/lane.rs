//! A lane: writes what it is given, on a connection of its own, a batch in two flights.
//!
//! The first flight begins, takes the heads of the batch's tenants in one order, and loads. READ COMMITTED lets each
//! later statement see what the last holder of the heads committed, so batches of a tenant are serial across nodes. The
//! second flight writes and commits. Each flight's statements are sent together, without waiting for answers.

use std::collections::{HashMap, HashSet};
use std::ops::ControlFlow;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use futures_util::TryStreamExt as _;
use futures_util::future::{join, join_all};
use interdict_model::journal::Entry;
use interdict_model::settings::Settings;
use interdict_model::view::{ReadSet, WriteSet};
use interdict_model::{ProviderId, TenantId, View};
use tokio::time::{Instant, sleep, timeout};
use tokio_postgres::Row as PostgresRow;
use tokio_postgres_rustls::MakeRustlsConnect;

use super::analysis::Analysis;
use super::failure::failure;
use super::parameter::Array;
use super::{Connection, Pulse, leader};
use crate::engine::Row;
use crate::faults::Fault;
use crate::load::{self, Wanted, WantedEffects, WantedQueue};
use crate::plan::{self, Step};
use crate::tables::{self, Kind, Lookup, RECORD_COLUMNS};
use crate::{PostgresOptions, StoreError, Value, dialect, rows};

/// How long loading may take: until then nothing was written.
const LOADING: Duration = Duration::from_secs(5);
/// How long a commit may take before its outcome is asked for on another connection.
const COMMITTING: Duration = Duration::from_secs(5);
/// How long a commit's outcome is asked for: longer than a cluster usually has no leader, and short enough that with
/// [`COMMITTING`] and a last question the answer comes before proxies and clients give up, many of which do after 60 s.
const ASKING: Duration = Duration::from_secs(30);
/// Between two questions.
const PAUSE: Duration = Duration::from_millis(250);
/// Tenants whose small keys are remembered between batches.
const REMEMBERED: usize = 100_000;

/// Made once on each connection. A lane that falls silent in the middle must not keep its heads for ever, and a server
/// that would acknowledge commits before they are durable is told not to. Rows over 2 KB are compressed: where the
/// server has LZ4 that takes a tenth of the time.
const SETTINGS: &str = "SET idle_in_transaction_session_timeout = '10s'; SET lock_timeout = '5s'; \
     SELECT set_config('synchronous_commit', 'on', false) WHERE current_setting('synchronous_commit') = 'off'; \
     SELECT set_config(name, 'lz4', false) FROM pg_settings \
         WHERE name = 'default_toast_compression' AND 'lz4' = ANY(enumvals)";
/// Behind a pooler settings last as long as the transaction.
const BEGIN_POOLED: &str = "BEGIN; SET LOCAL idle_in_transaction_session_timeout = '10s'; \
     SET LOCAL lock_timeout = '5s'; \
     SELECT set_config('synchronous_commit', 'on', true) WHERE current_setting('synchronous_commit') = 'off'";

/// One of a node's writers.
#[derive(Debug)]
pub(crate) struct Lane {
    options: PostgresOptions,
    tls: Tls,
    epoch: u32,
    pulse: Arc<Pulse>,
    connection: Option<Connection>,
    /// Small keys of tenants; they never change.
    tenants: HashMap<TenantId, i64>,
    /// Settings of tenants, with the version that they were read in.
    settings: HashMap<TenantId, (i64, Arc<Settings>)>,
    analysis: Analysis,
}

/// [`MakeRustlsConnect`], which has no text form.
struct Tls(MakeRustlsConnect);

impl std::fmt::Debug for Tls {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Tls")
    }
}

/// How a second flight ended.
enum Landing {
    Committed,
    /// It surely did not commit.
    Failed(StoreError),
    /// The answer was lost.
    Lost(String),
}

impl Lane {
    pub(crate) fn new(
        options: &PostgresOptions,
        tls: MakeRustlsConnect,
        epoch: u32,
        pulse: Arc<Pulse>,
    ) -> Self {
        let options = options.clone();
        Self {
            options,
            tls: Tls(tls),
            epoch,
            pulse,
            connection: None,
            tenants: HashMap::new(),
            settings: HashMap::new(),
            analysis: Analysis::default(),
        }
    }

    /// Begins a transaction and loads what the batch must see.
    pub(crate) async fn load(&mut self, reads: &ReadSet) -> Result<View, StoreError> {
        // Where it does not end well the connection goes, and with it the transaction.
        let is_well = |it: &Connection| !it.client.is_closed() && !leader::is_replaced(&self.options, it);
        let kept = self.connection.take().filter(is_well);
        let loading = async {
            let connection = match kept {
                Some(connection) => connection,
                None => self.connected().await?,
            };
            let view = self.first_flight(&connection, reads).await?;
            Ok((connection, view))
        };
        match timeout(LOADING, loading).await {
            Ok(Ok((connection, view))) => {
                self.connection = Some(connection);
                Ok(view)
            }
            Ok(Err(error)) => {
                self.pulse.failed(&error);
                self.tenants.clear();
                Err(error)
            }
            Err(_) => Err(StoreError::Deadline),
        }
    }

    async fn connected(&self) -> Result<Connection, StoreError> {
        let connection = Connection::open(&self.options, &self.tls.0, None).await?;
        if !self.options.pooler {
            connection.script(SETTINGS).await?;
            connection.reach_by_key().await?;
        }
        Ok(connection)
    }

    async fn first_flight(&mut self, connection: &Connection, reads: &ReadSet) -> Result<View, StoreError> {
        self.learn_keys(connection, reads).await?;
        let mut view = View { epoch: self.epoch, ..View::default() };
        let fleets = |tenant, provider| {
            self.settings.get(&tenant).is_none_or(|(_, settings)| settings.may_be_fleet(provider))
        };
        let wanted = Wanted::of(reads, &self.tenants, fleets, &mut view);
        let mut keys: Vec<i64> =
            reads.tenants.iter().filter_map(|it| self.tenants.get(it)).copied().collect();
        keys.sort_unstable();
        keys.dedup();
        let known = keys.len();
        let locked = [Array::Integers(keys.into_iter().map(Some).collect())];
        let (filings, actions, apps) = (wanted.filing_keys(), wanted.action_keys(), wanted.app_keys());
        let answered = wanted.answered_keys();

        let begin = if self.options.pooler { BEGIN_POOLED } else { "BEGIN" };
        // Statements are prepared before the flight, so that nothing in it waits or overtakes.
        connection.prepare(dialect::LOCK_HEADS).await?;
        for lookup in [&tables::FILING, &tables::RECORD, &tables::APP, &tables::ANSWERED] {
            connection.prepare(dialect::read_rows(lookup)).await?;
        }
        let begun = connection.script(begin);
        let heads = connection.collect(dialect::LOCK_HEADS, &locked);
        let lookups = [
            (&tables::FILING, &filings),
            (&tables::RECORD, &actions),
            (&tables::APP, &apps),
            (&tables::ANSWERED, &answered),
        ]
        .map(|(lookup, keys)| look_up(connection, lookup, keys));
        let queues = join_all(wanted.queues().iter().map(|queue| load_queue(connection, queue)));
        let occupied = join_all(wanted.occupied().iter().map(|provider| load_occupied(connection, provider)));
        let (begun, (heads, (found, (queues, occupied)))) =
            join(begun, join(heads, join(join_all(lookups), join(queues, occupied)))).await;
        begun?;
        let heads = heads?;
        if heads.len() != known {
            return Err(StoreError::Conflict("a tenant that was known is gone".to_owned()));
        }
        let mut versions = Vec::new();
        for row in &heads {
            let row = Row::Postgres(row);
            let tenant = TenantId(row.uuid(0)?);
            view.heads.insert(tenant, rows::head(&row, 1)?);
            view.sealed.insert(tenant, row.integer(4)?);
            if reads.settings.contains(&tenant) {
                versions.push((tenant, row.integer(6)?, row.integer(5)?));
            }
        }
        for (tenant, key, version) in versions {
            view.settings.insert(tenant, self.settings_of(connection, tenant, key, version).await?);
        }
        for (found, wanted) in queues.into_iter().zip(wanted.queues()) {
            let (candidates, in_flight, members) = found?;
            let queue = view.queues.entry((wanted.tenant, wanted.provider)).or_default();
            queue.in_flight = in_flight;
            for row in &members {
                let (name, at) = rows::member(&Row::Postgres(row))?;
                queue.members.insert(name, at);
            }
            for row in &candidates {
                wanted.found(&Row::Postgres(row), &mut view)?;
            }
        }
        for (found, (_, tenant, provider)) in occupied.into_iter().zip(wanted.occupied()) {
            view.occupied.insert((*tenant, *provider), found?);
        }
        for (which, rows) in found.into_iter().enumerate() {
            for row in &rows? {
                let row = Row::Postgres(row);
                match which {
                    0 => wanted.found_filing(ordinal(&row, RECORD_COLUMNS + 2)?, &row, &mut view)?,
                    1 => wanted.found_action(ordinal(&row, RECORD_COLUMNS)?, &row, &mut view)?,
                    2 => wanted.found_app(ordinal(&row, 1)?, &row, &mut view)?,
                    _ => wanted.found_answered(ordinal(&row, 5)?, &row, &mut view)?,
                }
            }
        }
        // Whether an action is carried out is known only now.
        for start in load::starts(reads, &self.tenants, &view) {
            let (key, _, id, provider) = start;
            let action: [Value<'_>; 2] = [key.into(), id.0.into()];
            let values: [Value<'_>; 2] = [key.into(), provider.0.into()];
            let rows = connection.collect(tables::IN_THE_WAY, &action);
            let in_flight = connection.first(tables::IN_FLIGHT, &values, |row| row.integer(0));
            let (rows, in_flight) = join(rows, in_flight).await;
            for row in &rows? {
                load::found_in_the_way(&start, &Row::Postgres(row), &mut view)?;
            }
            load::looked_in_the_way(&start, in_flight?.unwrap_or_default(), &mut view);
        }
        // Which effects filings would have is known only by the settings.
        let effects = WantedEffects::of(reads, &self.tenants, &view);
        for row in &look_up(connection, &tables::EFFECT_BY_KEY, &effects.keys()).await? {
            let row = Row::Postgres(row);
            effects.found(ordinal(&row, 1)?, &row, &mut view)?;
        }
        Ok(view)
    }

    /// A tenant's settings in that version, which its head names.
    async fn settings_of(
        &mut self,
        connection: &Connection,
        tenant: TenantId,
        key: i64,
        version: i64,
    ) -> Result<Arc<Settings>, StoreError> {
        if let Some((read, settings)) = self.settings.get(&tenant)
            && *read == version
        {
            return Ok(Arc::clone(settings));
        }
        let mut settings = Settings::default();
        if version > 0 {
            let each = |row: &Row<'_>| {
                settings.put(rows::setting(row.text(0)?)?);
                Ok(ControlFlow::Continue(()))
            };
            connection.each_until(tables::SETTINGS, &[key.into()], each).await?;
        }
        let settings = Arc::new(settings);
        self.settings.insert(tenant, (version, Arc::clone(&settings)));
        Ok(settings)
    }

    /// The small keys of tenants that this lane has not met yet.
    async fn learn_keys(&mut self, connection: &Connection, reads: &ReadSet) -> Result<(), StoreError> {
        if self.tenants.len() > REMEMBERED {
            self.tenants.clear();
            self.settings.clear();
        }
        let unknown: HashSet<_> =
            reads.tenants.iter().filter(|tenant| !self.tenants.contains_key(tenant)).collect();
        if unknown.is_empty() {
            return Ok(());
        }
        let guids = [Array::Uuids(unknown.into_iter().map(|tenant| tenant.0).collect())];
        for row in &connection.collect(dialect::KEYS, &guids).await? {
            let row = Row::Postgres(row);
            self.tenants.insert(TenantId(row.uuid(0)?), row.integer(1)?);
        }
        Ok(())
    }

    /// Writes and commits, durably.
    pub(crate) async fn commit(&mut self, writes: &WriteSet) -> Result<(), StoreError> {
        let Some(connection) = self.connection.take() else {
            return Err(StoreError::Unavailable("nothing was begun".to_owned()));
        };
        let landing = timeout(COMMITTING, self.second_flight(&connection, writes)).await;
        let landing = landing.unwrap_or_else(|_| Landing::Lost("the database does not answer".to_owned()));
        match landing {
            Landing::Committed if connection.unreplicated.load(Ordering::SeqCst) => {
                drop(connection);
                self.settle(writes, "a standby did not confirm it".to_owned()).await
            }
            Landing::Committed => {
                self.connection = Some(connection);
                self.pulse.committed();
                self.analysis.committed(writes.actions.len(), &self.options, &self.tls.0);
                Ok(())
            }
            Landing::Failed(error) => {
                self.pulse.failed(&error);
                self.tenants.clear();
                Err(error)
            }
            Landing::Lost(cause) => {
                drop(connection);
                self.settle(writes, cause).await
            }
        }
    }

    async fn second_flight(&mut self, connection: &Connection, writes: &WriteSet) -> Landing {
        let documents = plan::app_documents(writes);
        let steps = match self.prepared_steps(connection, writes, &documents).await {
            Ok(steps) => steps,
            Err(error) => return Landing::Failed(error),
        };
        let written = join_all(steps.iter().map(|step| write(connection, step)));
        let (written, committed) = join(written, connection.client.batch_execute("COMMIT")).await;
        // A server that failed at a statement answers the commit with a rollback, and no error.
        if let Some(error) = written.iter().filter_map(|outcome| outcome.as_ref().err()).next() {
            return if error.code().is_some() {
                Landing::Failed(failure(error))
            } else {
                Landing::Lost(error.to_string())
            };
        }
        match committed {
            Ok(()) => Landing::Committed,
            Err(error) => match failure(&error) {
                conflict @ StoreError::Conflict(_) => Landing::Failed(conflict),
                other => Landing::Lost(other.to_string()),
            },
        }
    }

    /// The steps, once new tenants have their keys and every statement is prepared: all before anything is sent
    /// together with the commit.
    async fn prepared_steps<'a>(
        &mut self,
        connection: &Connection,
        writes: &'a WriteSet,
        documents: &'a [String],
    ) -> Result<Vec<Step<'a>>, StoreError> {
        let mut new = HashSet::new();
        for (tenant, head) in &writes.heads {
            if self.tenants.contains_key(tenant) {
                continue;
            }
            let values: [Value<'_>; 4] =
                [tenant.0.into(), head.sequence.into(), head.hash.as_slice().into(), head.at.ticks().into()];
            let made = connection.first(rows::INSERT_HEAD, &values, |row| row.integer(0));
            let key = made.await.map_err(raced)?;
            let key = key.ok_or_else(|| StoreError::Corrupt("a new tenant got no key".to_owned()))?;
            new.insert(*tenant);
            self.tenants.insert(*tenant, key);
        }
        let steps = plan::steps(writes, documents, &self.tenants, |tenant| new.contains(&tenant))?;
        for (write, _) in &steps {
            connection.prepare(dialect::write_rows(write)).await?;
        }
        Ok(steps)
    }

    /// Finds out whether a batch was committed, until that is known or was asked for long enough.
    async fn settle(&mut self, writes: &WriteSet, cause: String) -> Result<(), StoreError> {
        self.tenants.clear();
        if Fault::RepeatedCommit.is_armed() {
            return Err(StoreError::Conflict(cause));
        }
        if Fault::DeniedCommit.is_armed() {
            return Err(StoreError::Unavailable(cause));
        }
        let Some(entry) = writes.entries.first() else {
            // Leases that are renewed twice hold no longer.
            let harmless = !writes.extended.is_empty();
            return Err(if harmless { StoreError::Conflict } else { StoreError::OutcomeUnknown }(cause));
        };
        tracing::warn!(cause, request.id = %entry.request, "the answer to a commit was lost; asking for its outcome");
        let deadline = Instant::now() + ASKING;
        while Instant::now() < deadline {
            match timeout(LOADING, self.is_committed(entry)).await {
                Ok(Ok(true)) => {
                    tracing::info!(request.id = %entry.request, "the commit whose answer was lost took place");
                    self.pulse.committed();
                    return Ok(());
                }
                Ok(Ok(false)) => return Err(StoreError::Conflict(cause)),
                Ok(Err(error)) => tracing::warn!(%error, "the outcome of a commit is not known yet"),
                Err(_) => tracing::warn!("the outcome of a commit is not known yet: no answer"),
            }
            sleep(PAUSE).await;
        }
        Err(StoreError::OutcomeUnknown(cause))
    }

    /// Whether the batch of this entry, its first, was committed. The tenant's head is taken, so the transaction in
    /// question has ended one way or the other; and what is found is confirmed by a commit of our own, which standbys
    /// acknowledge only with all that came before.
    async fn is_committed(&self, entry: &Entry) -> Result<bool, StoreError> {
        let connection = self.connected().await?;
        connection.script(if self.options.pooler { BEGIN_POOLED } else { "BEGIN" }).await?;
        let guid: Value<'_> = entry.tenant.0.into();
        // Waits where the transaction in question makes this very tenant.
        connection.execute(HOLD_TENANT, std::slice::from_ref(&guid)).await?;
        connection.first(dialect::HOLD_HEAD, std::slice::from_ref(&guid), |_| Ok(())).await?;
        let is_same =
            |row: &Row<'_>| Ok(row.uuid(0)? == entry.request.0 && row.array::<32>(1)? == entry.hash);
        let found = connection.first(FIND_ENTRY, &[guid.clone(), entry.sequence.into()], is_same).await?;
        if found != Some(true) {
            return Ok(false);
        }
        connection.execute(TOUCH_HEAD, std::slice::from_ref(&guid)).await?;
        connection.script("COMMIT").await?;
        if connection.unreplicated.load(Ordering::SeqCst) {
            return Err(StoreError::Unavailable("a standby did not confirm it".to_owned()));
        }
        Ok(true)
    }

    /// Runs one statement, durably.
    pub(crate) async fn execute(&mut self, sql: &str, values: &[Value<'_>]) -> Result<(), StoreError> {
        let connection = self.connected().await?;
        connection.execute(sql, values).await.map(drop)
    }

    /// Ends a transaction in which nothing is to be written.
    pub(crate) async fn abandon(&mut self) {
        if let Some(connection) = self.connection.take()
            && matches!(timeout(LOADING, connection.script("ROLLBACK")).await, Ok(Ok(())))
        {
            self.connection = Some(connection);
        }
    }
}

const HOLD_TENANT: &str = "INSERT INTO head (guid, sequence, hash, at) VALUES ($1, 0, '', 0) \
     ON CONFLICT (guid) DO NOTHING";
const FIND_ENTRY: &str = "SELECT journal.request, journal.hash FROM journal \
     JOIN head ON head.tenant = journal.tenant WHERE head.guid = $1 AND journal.sequence = $2";

/// Changes nothing, but is written.
const TOUCH_HEAD: &str = "UPDATE head SET at = at WHERE guid = $1";

/// Another node made the same tenant at the same time.
fn raced(error: StoreError) -> StoreError {
    match error {
        StoreError::Corrupt(text) if text.contains("(23505)") => StoreError::Conflict(text),
        other => other,
    }
}

/// The index of the key that a row answers; its ordinal, from 1, is the column after the row's own.
fn ordinal(row: &Row<'_>, column: usize) -> Result<usize, StoreError> {
    Ok(usize::try_from(row.integer(column)?).unwrap_or(0).wrapping_sub(1))
}

/// The candidates of a queue, how many actions its provider has, and its programs.
async fn load_queue(
    connection: &Connection,
    wanted: &WantedQueue,
) -> Result<(Vec<PostgresRow>, i64, Vec<PostgresRow>), StoreError> {
    let values = wanted.values();
    let in_flight = connection.first(tables::IN_FLIGHT, &values[..2], |row| row.integer(0));
    let members = connection.collect(tables::MEMBERS, &values[..2]);
    let candidates = connection.collect(tables::QUEUE, &values);
    let (candidates, (in_flight, members)) = join(candidates, join(in_flight, members)).await;
    Ok((candidates?, in_flight?.unwrap_or_default(), members?))
}

/// Whether anything is unfinished or in force at a provider.
async fn load_occupied(
    connection: &Connection,
    (key, _, provider): &(i64, TenantId, ProviderId),
) -> Result<bool, StoreError> {
    let values = [(*key).into(), provider.0.into()];
    let found = connection.first(tables::OCCUPIED, &values, |row| row.integer(0)).await?;
    Ok(found == Some(1))
}

async fn look_up(
    connection: &Connection,
    lookup: &Lookup,
    keys: &[Vec<Value<'_>>],
) -> Result<Vec<PostgresRow>, StoreError> {
    if keys.is_empty() {
        return Ok(Vec::new());
    }
    let arrays = columns(keys, lookup.key.iter().map(|(_, kind)| *kind));
    connection.collect(dialect::read_rows(lookup), &arrays).await
}

async fn write(connection: &Connection, (write, rows): &Step<'_>) -> Result<(), tokio_postgres::Error> {
    let arrays = columns(rows, write.values().map(|(_, kind)| kind));
    let rows = connection.send(dialect::write_rows(write), arrays.iter()).await?;
    let mut rows = std::pin::pin!(rows);
    while rows.try_next().await?.is_some() {}
    Ok(())
}

fn columns<'a>(rows: &'a [Vec<Value<'a>>], kinds: impl Iterator<Item = Kind>) -> Vec<Array<'a>> {
    kinds.enumerate().map(|(index, kind)| Array::column(rows, index, kind)).collect()
}
