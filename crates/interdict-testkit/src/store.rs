//! A store for one test, on the engine that the run is about: SQLite, or where `INTERDICT_TEST_ENGINE=postgres` says so
//! a database of a PostgreSQL that the test runner started.

#![allow(clippy::panic, reason = "a harness: what goes wrong here fails the test that uses it")]

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

pub use interdict_cluster::{Database, psql};
use interdict_store::{Address, PostgresOptions, SqliteOptions, StoreOptions};
use tempfile::TempDir;

/// Names the engine that a run is about.
pub const ENGINE: &str = "INTERDICT_TEST_ENGINE";
/// The address of a database of the runner's PostgreSQL, beside which tests make their own.
pub const POSTGRES: &str = "INTERDICT_TEST_POSTGRES";

/// A directory of its own and, on PostgreSQL, a database of its own. Both end with the value.
#[derive(Debug)]
pub struct TestStore {
    directory: TempDir,
    database: Option<Database>,
}

impl TestStore {
    /// An empty store on the engine that the run is about.
    #[must_use]
    pub fn new() -> Self {
        if on_postgres() { Self::postgres() } else { Self::sqlite() }
    }

    /// An empty SQLite store.
    #[must_use]
    pub fn sqlite() -> Self {
        Self { directory: directory(), database: None }
    }

    /// An empty PostgreSQL store.
    #[must_use]
    pub fn postgres() -> Self {
        Self { directory: directory(), database: Some(database()) }
    }

    /// How to open it.
    #[must_use]
    pub fn options(&self) -> StoreOptions {
        match &self.database {
            None => SqliteOptions::new(self.file(), 2).into(),
            Some(database) => postgres_options(database.url()).into(),
        }
    }

    /// The directory.
    #[must_use]
    pub fn directory(&self) -> &Path {
        self.directory.path()
    }

    /// The file of an SQLite store.
    #[must_use]
    pub fn file(&self) -> PathBuf {
        self.directory.path().join("interdict.db")
    }

    /// The database of a PostgreSQL store.
    #[must_use]
    pub const fn database(&self) -> Option<&Database> {
        self.database.as_ref()
    }

    /// The address of the server that has a PostgreSQL store.
    #[must_use]
    pub fn server(&self) -> SocketAddr {
        let url = self.database.as_ref().map(Database::url).unwrap_or_default();
        let place = url.rsplit_once('/').and_then(|(server, _)| server.rsplit_once('@'));
        let server = place.and_then(|(_, server)| server.parse().ok());
        server.unwrap_or_else(|| panic!("`{url}` names no server on loopback"))
    }

    /// How to open a PostgreSQL store through a proxy.
    #[must_use]
    pub fn through(&self, proxy: SocketAddr) -> PostgresOptions {
        let url = self.database.as_ref().map(Database::url).unwrap_or_default();
        postgres_options(&url.replace(&self.server().to_string(), &proxy.to_string()))
    }

    /// Runs SQL behind the store's back.
    pub fn tamper(&self, sql: &str) {
        let changed = match &self.database {
            None => rusqlite::Connection::open(self.file())
                .and_then(|db| db.execute_batch(sql))
                .map_err(|it| it.to_string()),
            Some(database) => database.run(sql).map(drop).map_err(|error| error.to_string()),
        };
        changed.unwrap_or_else(|error| panic!("{sql}: {error}"));
    }
}

impl Default for TestStore {
    fn default() -> Self {
        Self::new()
    }
}

/// Whether the run is about PostgreSQL.
#[must_use]
pub fn on_postgres() -> bool {
    match std::env::var(ENGINE).as_deref() {
        Err(_) | Ok("sqlite") => false,
        Ok("postgres") => true,
        Ok(other) => panic!("{ENGINE} is `{other}`; it may be `sqlite` or `postgres`"),
    }
}

/// An empty database of the run's PostgreSQL.
#[must_use]
pub fn database() -> Database {
    let server = std::env::var(POSTGRES)
        .unwrap_or_else(|_| panic!("{POSTGRES} names no PostgreSQL; `cargo xtask test` starts one"));
    let name = format!("test_{}", uuid());
    Database::make(&server, &name).unwrap_or_else(|error| panic!("no database: {error}"))
}

/// How to open the store at `url`.
#[must_use]
pub fn postgres_options(url: &str) -> PostgresOptions {
    let address: Address = url.parse().unwrap_or_else(|error| panic!("`{url}`: {error}"));
    PostgresOptions::new(address)
}

#[expect(clippy::disallowed_methods, reason = "a name that no other test process has")]
fn uuid() -> String {
    uuid::Uuid::new_v4().simple().to_string()
}

fn directory() -> TempDir {
    tempfile::tempdir().unwrap_or_else(|error| panic!("no temporary directory: {error}"))
}
