//! Measures the release build on both engines, beside what the machine can do at all: a bare HTTP server that checks a
//! token and answers a constant, a bare database loop, `pgbench`; and beside SAP CAP. Ratios of one run on one machine
//! mean something; the rates alone do not.
#![allow(clippy::print_stdout, reason = "a command line program talks on stdout")]

mod bare_http;
mod bare_sql;
mod client;
mod figures;
mod lists;
mod load;
mod peers;
mod pgbench;
mod postgres;
mod report;
mod seed;
mod server;
mod sqlite;
mod stage;
mod tenants;
mod varied;

use std::path::PathBuf;

use anyhow::{Context, Result};
use clap::{Parser, Subcommand, ValueEnum, value_parser};
use report::Report;

/// Measures the server that lies beside this program.
#[derive(Debug, Parser)]
struct Arguments {
    /// Actions that a store holds at first.
    #[arg(long, default_value_t = 100_000, value_parser = value_parser!(u32).range(1..))]
    rows: u32,
    /// Length of each measurement, seconds.
    #[arg(long, default_value_t = 3, value_parser = value_parser!(u32).range(1..))]
    seconds: u32,
    /// How often each is made, in turns; the median counts.
    #[arg(long, default_value_t = 3, value_parser = value_parser!(u32).range(1..))]
    rounds: u32,
    /// Threads of the load generator.
    #[arg(long, default_value_t = 2, value_parser = value_parser!(u32).range(1..))]
    threads: u32,
    /// Which engine.
    #[arg(long, value_enum, default_value = "both")]
    engine: Engine,
    /// Leave out the measurements with ten times the rows.
    #[arg(long)]
    no_growth: bool,
    /// Measure lists alone, and batches.
    #[arg(long)]
    lists: bool,
    /// Leave out the lists.
    #[arg(long, conflicts_with = "lists")]
    no_lists: bool,
    /// Leave out CAP.
    #[arg(long)]
    no_peers: bool,
    #[command(subcommand)]
    role: Option<Role>,
}

impl Arguments {
    /// Actions that the larger store holds, where there is to be one.
    fn large(&self) -> Option<u32> {
        (!self.no_growth).then_some(self.rows.saturating_mul(10))
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Engine {
    Sqlite,
    Postgres,
    Both,
}

#[derive(Debug, Subcommand)]
enum Role {
    /// Be the bare server (started by the measurement itself).
    #[command(hide = true)]
    BareServer {
        /// The file with the tokens that are accepted, one a line.
        tokens: PathBuf,
        /// How long the constant body is.
        bytes: usize,
    },
}

fn main() -> Result<()> {
    let arguments = Arguments::parse();
    if let Some(Role::BareServer { tokens, bytes }) = &arguments.role {
        return bare_http::serve(tokens, *bytes);
    }
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(measure(&arguments))
}

async fn measure(arguments: &Arguments) -> Result<()> {
    let program = std::env::current_exe()?;
    let beside = program.parent().context("this program has no folder")?;
    // Beside the program, since a temporary directory may be held in memory, where a sync costs nothing.
    let folder = tempfile::tempdir_in(beside)?;
    // PostgreSQL runs as another user, who must be able to enter it.
    std::fs::set_permissions(folder.path(), std::os::unix::fs::PermissionsExt::from_mode(0o755))?;
    if arguments.engine != Engine::Postgres {
        show(&Box::pin(sqlite::measure(arguments, &folder.path().join("sqlite"))).await?);
    }
    if arguments.engine != Engine::Sqlite {
        show(&Box::pin(postgres::measure(arguments, folder.path())).await?);
    }
    Ok(())
}

fn show(reports: &[Report]) {
    for report in reports {
        println!("{report}");
    }
}
