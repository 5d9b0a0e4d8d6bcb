//! How to open a store, and what a new one is born with.

use std::path::PathBuf;

use crate::engine::postgres::Address;

/// How to open a store.
#[derive(Clone, Debug)]
pub enum StoreOptions {
    /// One file, for one node.
    Sqlite(SqliteOptions),
    /// A server, for any number of nodes.
    Postgres(PostgresOptions),
}

/// How to open an SQLite store.
#[derive(Clone, Debug)]
pub struct SqliteOptions {
    /// The database file.
    pub path: PathBuf,
    /// Another SQLite VFS, for tests that lose power.
    pub vfs: Option<String>,
    /// Read connections.
    pub readers: usize,
    /// Pages in the write-ahead log that call for a checkpoint; writing waits for it at four times as many.
    pub checkpoint_pages: u64,
}

/// How to open a PostgreSQL store.
#[derive(Clone, Debug)]
pub struct PostgresOptions {
    /// Where it is and who we are there.
    pub address: Address,
    /// Whether a pooler in transaction mode stands between: nothing may outlive a transaction then, neither
    /// prepared statements nor LISTEN.
    pub pooler: bool,
    /// Connections for lists and counts at the most; reads by key share two more.
    pub readers: usize,
    /// Lanes: each writes the tenants that fall to it on a connection of its own.
    pub lanes: usize,
}

impl SqliteOptions {
    /// Opens `path` with `readers` read connections, and else as was measured best: a log of 64 MB.
    #[must_use]
    pub fn new(path: PathBuf, readers: usize) -> Self {
        Self { path, vfs: None, readers, checkpoint_pages: 16_000 }
    }
}

impl PostgresOptions {
    /// Opens the store at `address` as was measured best on two cores: two lanes.
    #[must_use]
    pub const fn new(address: Address) -> Self {
        Self { address, pooler: false, readers: 4, lanes: 2 }
    }
}

impl From<SqliteOptions> for StoreOptions {
    fn from(options: SqliteOptions) -> Self {
        Self::Sqlite(options)
    }
}

impl From<PostgresOptions> for StoreOptions {
    fn from(options: PostgresOptions) -> Self {
        Self::Postgres(options)
    }
}

/// What a new store is born with; an existing one keeps its own.
#[derive(Clone, Copy)]
pub struct Birth {
    /// The first epoch, random.
    pub epoch: u32,
    /// The key that authenticates skip tokens, random.
    pub skip_token_key: [u8; 32],
}

impl std::fmt::Debug for Birth {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Birth").field("epoch", &self.epoch).finish_non_exhaustive()
    }
}
