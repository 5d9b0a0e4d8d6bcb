//! The real binary, from outside: its flags, files, signals and exit statuses, it as client of another, what survives a
//! kill and a full disk, several of it on one PostgreSQL, also on one that fails over, and its agent with a real firewall.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stderr,
    missing_docs,
    reason = "tests"
)]

mod agent;
mod audit;
mod backup;
mod client;
mod crash;
mod demo;
mod disk_full;
mod failover;
mod flags;
mod history;
mod http;
mod incident;
mod moving;
mod nftables;
mod nodes;
mod operator;
mod provider;
mod query;
mod quickstart;
mod restored;
mod sdk;
mod start;
mod stop;
mod store_files;
mod tls;

use interdict_testkit::process::Program;
use interdict_testkit::store;

/// The binary under test.
fn program() -> Program {
    Program::new(env!("CARGO_BIN_EXE_interdict"))
}

/// The same on a store of the engine that the run is about; the database lasts as long as the second value.
fn program_with_store() -> (Program, Option<store::Database>) {
    let database = store::on_postgres().then(store::database);
    let program = database.as_ref().map_or_else(program, |database| program().on(database.url()));
    (program, database)
}
