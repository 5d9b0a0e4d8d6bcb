//! The bare database loop: the row update of a PATCH, or the new row of a POST, and nothing else — no journal, no rules,
//! no waiting callers.

use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::Result;
use rusqlite::{Connection, params};

use crate::tenants::TENANTS;

/// A table like the store's, filled.
#[derive(Debug)]
pub(crate) struct Rows {
    connection: Connection,
    /// Whether each row was updated.
    begun: Vec<bool>,
    document: String,
    random: u64,
    clock: u32,
}

/// Which indexes a table has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Indexes {
    /// Those that rows are found by, and shown by.
    Few,
    /// Those that lists by status, name, provider and last change need as well, as the store has them.
    Ours,
}

/// The store's table of actions as far as a PATCH of the progress touches it.
const SCHEMA: &str = "
    CREATE TABLE action (rid INTEGER PRIMARY KEY, tenant INTEGER NOT NULL, id BLOB NOT NULL, sequence INTEGER NOT NULL,
        status INTEGER NOT NULL, created INTEGER NOT NULL, last_action INTEGER NOT NULL, change_period INTEGER NOT NULL,
        completed INTEGER, error_code INTEGER, error_message TEXT, name TEXT NOT NULL, vendor_provider TEXT, doc TEXT NOT NULL,
        UNIQUE (tenant, id)) STRICT;
    CREATE INDEX action_by_created ON action (tenant, created DESC, id);
";

/// What lists are found by.
const INDEXES: &str = "
    CREATE INDEX action_by_status ON action (tenant, status, created DESC, id);
    CREATE INDEX action_by_name ON action (tenant, name, created DESC, id);
    CREATE INDEX action_by_provider ON action (tenant, vendor_provider, created DESC, id);
    CREATE INDEX action_by_change ON action (tenant, change_period);
";

const UPDATE: &str =
    "UPDATE action SET sequence = ?3, last_action = ?4, completed = NULL, error_code = ?5, error_message = ?6, doc = ?7
    WHERE tenant = ?1 AND id = ?2";

/// The first update of a row, which changes what lists are found by as the first PATCH of an action does.
const BEGIN: &str =
    "UPDATE action SET sequence = ?3, last_action = ?4, completed = NULL, error_code = ?5, error_message = ?6, doc = ?7,
    status = 1, change_period = 1 WHERE tenant = ?1 AND id = ?2";

const INSERT: &str =
    "INSERT INTO action (tenant, id, sequence, status, created, last_action, change_period, name, vendor_provider, doc)
    VALUES (?1, ?2, ?3, 0, ?3, ?3, 0, 'BlockIp', 'Windows Defender ATP', ?4)";

impl Rows {
    /// Makes the table and fills it.
    pub(crate) fn new(path: &Path, rows: u32, document: &str, indexes: Indexes) -> Result<Self> {
        let mut connection = Connection::open(path)?;
        connection.pragma_update(None, "journal_mode", "WAL")?;
        connection.pragma_update(None, "synchronous", "FULL")?;
        connection.pragma_update(None, "cache_size", -65_536)?;
        connection.execute_batch(SCHEMA)?;
        if indexes == Indexes::Ours {
            connection.execute_batch(INDEXES)?;
        }
        let transaction = connection.transaction()?;
        {
            let mut insert = transaction.prepare(INSERT)?;
            for number in 0..rows {
                insert.execute(params![tenant(number), id(number), number, document])?;
            }
        }
        transaction.commit()?;
        let begun = vec![false; usize::try_from(rows)?];
        Ok(Self { connection, begun, document: document.to_owned(), random: 1, clock: rows })
    }

    /// Inserts rows for that long; how many a second.
    pub(crate) fn insert(&mut self, batch: u32, seconds: u32) -> Result<f64> {
        let start = Instant::now();
        let mut inserts = 0_u32;
        while start.elapsed() < Duration::from_secs(seconds.into()) {
            let transaction = self.connection.transaction()?;
            {
                let mut insert = transaction.prepare_cached(INSERT)?;
                for _ in 0..batch {
                    self.clock += 1;
                    let key = (tenant(self.clock), id(self.clock));
                    insert.execute(params![key.0, key.1, self.clock, self.document])?;
                }
            }
            transaction.commit()?;
            inserts += batch;
        }
        Ok(f64::from(inserts) / start.elapsed().as_secs_f64())
    }

    /// Updates rows chosen at random for that long; how many a second.
    pub(crate) fn update(&mut self, batch: u32, seconds: u32) -> Result<f64> {
        let start = Instant::now();
        let mut updates = 0_u32;
        while start.elapsed() < Duration::from_secs(seconds.into()) {
            let transaction = self.connection.transaction()?;
            {
                let mut begin = transaction.prepare_cached(BEGIN)?;
                let mut update = transaction.prepare_cached(UPDATE)?;
                for _ in 0..batch {
                    // Xorshift: even, and free beside a page of SQLite.
                    self.random ^= self.random << 13;
                    self.random ^= self.random >> 7;
                    self.random ^= self.random << 17;
                    self.clock += 1;
                    let place = usize::try_from(self.random)? % self.begun.len();
                    let number = u32::try_from(place)?;
                    let was_begun = self.begun.get_mut(place).is_some_and(|it| std::mem::replace(it, true));
                    let update = if was_begun { &mut update } else { &mut begin };
                    update.execute(params![
                        tenant(number),
                        id(number),
                        self.clock,
                        self.clock,
                        self.clock,
                        "progress",
                        self.document
                    ])?;
                }
            }
            transaction.commit()?;
            updates += batch;
        }
        Ok(f64::from(updates) / start.elapsed().as_secs_f64())
    }
}

/// The tenant of a row: each in turn, as the store is filled.
fn tenant(number: u32) -> u32 {
    number % TENANTS
}

/// Keys that rise, as those of a version 7 UUID do.
fn id(number: u32) -> [u8; 16] {
    (u128::from(number) << 64 | 0xab).to_be_bytes()
}
