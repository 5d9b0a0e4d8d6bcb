//! PostgreSQL: the module that names its driver. One database for any number of nodes.

mod address;
mod analysis;
mod failure;
mod lane;
mod leader;
mod parameter;
mod pool;
mod pulse;
mod reads;
mod shared;

use std::collections::HashMap;
use std::error::Error;
use std::ops::ControlFlow;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures_util::{TryStreamExt as _, future};
use tokio::sync::mpsc;
use tokio::time::{Instant, timeout, timeout_at};
use tokio_postgres::error::SqlState;
use tokio_postgres::types::{FromSql, ToSql, Type};
use tokio_postgres::{AsyncMessage, Client, Config, RowStream, Statement};
use tokio_postgres_rustls::MakeRustlsConnect;

use super::Row;
use crate::{PostgresOptions, StoreError, Value};
pub use address::Address;
use failure::{failure, unconnected};
pub(crate) use lane::Lane;
use parameter::Typed;
pub(crate) use pool::{Lent, Pool};
pub(crate) use pulse::Pulse;
pub(crate) use reads::Reads;
pub(crate) use shared::Shared;

/// Records which migrations were applied.
pub(crate) const MIGRATION_TABLE: &str = "CREATE TABLE IF NOT EXISTS migration (
    number bigint NOT NULL PRIMARY KEY,
    sha256 bytea NOT NULL
)";

/// How long a connection may take until it can be used, over all hosts.
const CONNECT: Duration = Duration::from_secs(10);
/// How long the server may take to give a statement up.
const GIVING_UP: Duration = Duration::from_secs(1);
/// Statements kept prepared on one connection: the fixed ones, and lists of many shapes.
const STATEMENTS: usize = 256;
/// For connections that reach every row by its key: a plan that was made while a table was empty, and kept, must not
/// scan it when it has grown.
const BY_KEY: [&str; 6] = [
    "SET plan_cache_mode = force_generic_plan",
    // Plans that avoid what is off count as dear, and would be compiled at each run.
    "SET jit = off",
    // What is wanted in an order is read in it.
    "SET enable_sort = off",
    "SET enable_seqscan = off",
    "SET enable_hashjoin = off",
    "SET enable_mergejoin = off",
];
/// Held while a store is founded or migrated, by one node at a time ("IDCT").
const FOUNDING: i64 = 0x4944_4354;

/// A connection.
pub(crate) struct Connection {
    client: Client,
    statements: Mutex<HashMap<Box<str>, Statement>>,
    pooler: bool,
    limit: Limit,
    /// The generation of read connections that it belongs to.
    generation: u64,
    /// Whether it must not be used again: a transaction or a statement was left unfinished.
    spoiled: AtomicBool,
    /// For another connection that has a statement given up.
    tls: MakeRustlsConnect,
    /// Whether the server said that a commit may not have reached the standbys that it was to wait for.
    unreplicated: Arc<AtomicBool>,
    /// The timeline of its server; 0 where that does not matter.
    timeline: i64,
}

/// When statements on a connection are given up.
#[derive(Clone, Copy, Debug)]
enum Limit {
    /// They take as long as they take.
    Never,
    /// Then; the server gives up as well.
    At(Instant),
    /// Each after that long. Others' statements are on their way on the same connection, so the server goes on: it has
    /// a time limit of its own.
    After(Duration),
}

impl Connection {
    /// Connects to the first host that takes writes and was not replaced. What arrives unasked goes to `heard`.
    async fn open(
        options: &PostgresOptions,
        tls: &MakeRustlsConnect,
        heard: Option<mpsc::Sender<()>>,
    ) -> Result<Self, StoreError> {
        // Boxed: its state is larger than all else that waits for it.
        let connecting = Box::pin(leader::first(options, tls, heard));
        timeout(CONNECT, connecting).await.unwrap_or_else(|_| {
            Err(StoreError::Unavailable(format!("the database at {} does not answer", options.address)))
        })
    }

    /// Connects to one host.
    async fn reach(
        options: &PostgresOptions,
        host: &Config,
        tls: &MakeRustlsConnect,
        heard: Option<mpsc::Sender<()>>,
    ) -> Result<Self, StoreError> {
        let connected = host.connect(tls.clone()).await;
        let (client, mut driver) = connected.map_err(|error| unconnected(&error, &options.address))?;
        let unreplicated = Arc::new(AtomicBool::new(false));
        let noted = Arc::clone(&unreplicated);
        tokio::spawn(async move {
            while let Some(Ok(message)) = future::poll_fn(|context| driver.poll_message(context)).await {
                match message {
                    AsyncMessage::Notice(notice) => {
                        // "canceling wait for synchronous replication": the commit is durable here alone.
                        if notice.code().code() == "01000"
                            && notice.message().contains("synchronous replication")
                        {
                            noted.store(true, Ordering::SeqCst);
                        }
                        tracing::info!(
                            severity = notice.severity(),
                            "the database says: {}",
                            notice.message()
                        );
                    }
                    // A full queue has a word of it already.
                    AsyncMessage::Notification(_) => drop(heard.as_ref().map(|heard| heard.try_send(()))),
                    _ => {}
                }
            }
        });
        Ok(Self {
            client,
            statements: Mutex::default(),
            pooler: options.pooler,
            limit: Limit::Never,
            generation: 0,
            spoiled: AtomicBool::new(false),
            tls: tls.clone(),
            unreplicated,
            timeline: 0,
        })
    }

    /// Runs a statement and hands each row to `read`, until that breaks off.
    pub(crate) async fn each_until(
        &self,
        sql: &str,
        values: &[Value<'_>],
        mut read: impl FnMut(&Row<'_>) -> Result<ControlFlow<()>, StoreError>,
    ) -> Result<(), StoreError> {
        self.bounded(async {
            let mut rows = std::pin::pin!(self.rows(sql, values.iter()).await?);
            while let Some(row) = rows.try_next().await.map_err(|error| failure(&error))? {
                if read(&Row::Postgres(&row))?.is_break() {
                    break;
                }
            }
            Ok(())
        })
        .await
    }

    /// The first row of a statement, where it has one.
    pub(crate) async fn first<T>(
        &self,
        sql: &str,
        values: &[Value<'_>],
        read: impl FnOnce(&Row<'_>) -> Result<T, StoreError>,
    ) -> Result<Option<T>, StoreError> {
        self.bounded(async {
            let mut rows = std::pin::pin!(self.rows(sql, values.iter()).await?);
            let first = rows.try_next().await.map_err(|error| failure(&error))?;
            first.map(|row| read(&Row::Postgres(&row))).transpose()
        })
        .await
    }

    /// Runs a statement that returns no rows; how many rows it changed.
    pub(crate) async fn execute(&self, sql: &str, values: &[Value<'_>]) -> Result<u64, StoreError> {
        self.bounded(async {
            let mut rows = std::pin::pin!(self.rows(sql, values.iter()).await?);
            while rows.try_next().await.map_err(|error| failure(&error))?.is_some() {}
            Ok(rows.rows_affected().unwrap_or(0))
        })
        .await
    }

    /// Runs several statements.
    pub(crate) async fn script(&self, sql: &str) -> Result<(), StoreError> {
        self.client.batch_execute(sql).await.map_err(|error| failure(&error))
    }

    /// Has every statement reach its rows by their keys. An engine that does not know these settings plans otherwise.
    pub(crate) async fn reach_by_key(&self) -> Result<(), StoreError> {
        for setting in BY_KEY {
            match self.client.batch_execute(setting).await {
                Err(error) if error.code() == Some(&SqlState::UNDEFINED_OBJECT) => {
                    tracing::debug!(%error, setting, "the database does not know a setting");
                }
                outcome => outcome.map_err(|error| failure(&error))?,
            }
        }
        Ok(())
    }

    /// Begins a transaction that only one node at a time is in.
    pub(crate) async fn begin_founding(&self) -> Result<(), StoreError> {
        self.script(&format!("BEGIN; SELECT pg_advisory_xact_lock({FOUNDING})")).await
    }

    /// Begins a transaction that sees one state throughout.
    pub(crate) async fn begin_read(&self) -> Result<(), StoreError> {
        self.spoiled.store(true, Ordering::Relaxed);
        self.script("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY").await
    }

    /// Rolls back; a connection that cannot even do that is not used again.
    pub(crate) async fn rollback(&self) {
        let outcome = self.script("ROLLBACK").await;
        self.spoiled.store(outcome.is_err(), Ordering::Relaxed);
    }

    /// The schema's number; 0 where there is none.
    pub(crate) async fn schema(&self) -> Result<i64, StoreError> {
        // The table is looked for by itself first: a statement that names it cannot be prepared without it.
        let there = "SELECT count(to_regclass('migration'))";
        if self.first(there, &[], |row| row.integer(0)).await? != Some(1) {
            return Ok(0);
        }
        let newest = "SELECT COALESCE(max(number), 0) FROM migration";
        Ok(self.first(newest, &[], |row| row.integer(0)).await?.unwrap_or(0))
    }

    /// Every row of a statement.
    async fn collect<P: ToSql + Typed + Sync>(
        &self,
        sql: &str,
        values: &[P],
    ) -> Result<Vec<tokio_postgres::Row>, StoreError> {
        let rows = self.rows(sql, values.iter()).await?;
        rows.try_collect().await.map_err(|error| failure(&error))
    }

    /// Sends a statement; its rows are still to come.
    async fn rows<P: ToSql + Typed + Sync>(
        &self,
        sql: &str,
        values: impl ExactSizeIterator<Item = P>,
    ) -> Result<RowStream, StoreError> {
        self.send(sql, values).await.map_err(|error| failure(&error))
    }

    /// The same, with the driver's error.
    async fn send<P: ToSql + Typed + Sync>(
        &self,
        sql: &str,
        values: impl ExactSizeIterator<Item = P>,
    ) -> Result<RowStream, tokio_postgres::Error> {
        if self.pooler {
            let typed = values.map(|value| {
                let kind = value.sql_type();
                (value, kind)
            });
            return self.client.query_typed_raw(sql, typed).await;
        }
        let statement = self.prepared(sql).await?;
        self.client.query_raw(&statement, values).await
    }

    /// Prepares a statement that is used later; behind a pooler there is no later.
    async fn prepare(&self, sql: &str) -> Result<(), StoreError> {
        if self.pooler {
            return Ok(());
        }
        self.prepared(sql).await.map(drop).map_err(|error| failure(&error))
    }

    /// The statement prepared, as it is kept or anew.
    async fn prepared(&self, sql: &str) -> Result<Statement, tokio_postgres::Error> {
        let statements = || self.statements.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(statement) = statements().get(sql) {
            return Ok(statement.clone());
        }
        let statement = self.client.prepare(sql).await?;
        let mut statements = statements();
        if statements.len() >= STATEMENTS {
            statements.clear();
        }
        statements.insert(sql.into(), statement.clone());
        Ok(statement)
    }

    /// Gives up when the limit comes.
    async fn bounded<T>(&self, work: impl Future<Output = Result<T, StoreError>>) -> Result<T, StoreError> {
        match self.limit {
            Limit::Never => work.await,
            Limit::After(time) => timeout(time, work).await.unwrap_or(Err(StoreError::Deadline)),
            Limit::At(deadline) => {
                let mut work = std::pin::pin!(work);
                if let Ok(outcome) = timeout_at(deadline, work.as_mut()).await {
                    return outcome;
                }
                self.spoiled.store(true, Ordering::Relaxed);
                let (token, tls) = (self.client.cancel_token(), self.tls.clone());
                tokio::spawn(async move {
                    if let Err(error) = token.cancel_query(tls).await {
                        tracing::debug!(%error, "a read that was given up goes on in the database");
                    }
                });
                // A server that is well says at once that it gave up. Where nothing is heard, the read was not at fault.
                Err(match timeout(GIVING_UP, work).await {
                    Ok(outcome) => outcome.err().unwrap_or(StoreError::Deadline),
                    Err(_) => StoreError::Unavailable("the database does not answer".to_owned()),
                })
            }
        }
    }
}

impl std::fmt::Debug for Connection {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Connection").field("spoiled", &self.spoiled).finish_non_exhaustive()
    }
}

/// The bytes of a text.
pub(crate) fn text_bytes(row: &tokio_postgres::Row, column: usize) -> Result<&[u8], StoreError> {
    struct Raw<'a>(&'a [u8]);
    impl<'a> FromSql<'a> for Raw<'a> {
        fn from_sql(_: &Type, raw: &'a [u8]) -> Result<Self, Box<dyn Error + Sync + Send>> {
            Ok(Self(raw))
        }

        fn accepts(kind: &Type) -> bool {
            *kind == Type::TEXT
        }
    }
    row.try_get(column).map(|Raw(bytes)| bytes).map_err(|error| super::damaged(column, &error))
}

/// Whether a column has no value.
pub(crate) fn is_null(row: &tokio_postgres::Row, column: usize) -> Result<bool, StoreError> {
    struct Presence(bool);
    impl<'a> FromSql<'a> for Presence {
        fn from_sql(_: &Type, _: &'a [u8]) -> Result<Self, Box<dyn Error + Sync + Send>> {
            Ok(Self(false))
        }

        fn from_sql_null(_: &Type) -> Result<Self, Box<dyn Error + Sync + Send>> {
            Ok(Self(true))
        }

        fn accepts(_: &Type) -> bool {
            true
        }
    }
    row.try_get(column).map(|Presence(null)| null).map_err(|error| super::damaged(column, &error))
}
