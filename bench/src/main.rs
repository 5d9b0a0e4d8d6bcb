//! Measures the release build beside what the machine can do at all: a bare HTTP server that checks a token and
//! answers a constant, and a bare database loop that makes the same row update. Ratios of one run on one machine
//! mean something; the rates alone do not.
#![allow(clippy::print_stdout, reason = "a command line program talks on stdout")]

mod bare_http;
mod bare_sql;
mod load;
mod report;
mod seed;
mod server;

use std::fs;
use std::path::PathBuf;

use anyhow::{Context, Result};
use clap::{Parser, Subcommand};
use interdict_store::SqliteOptions;

use crate::load::{Figures, Load};
use crate::report::Report;
use crate::server::Child;

/// Measures the server that lies beside this program.
#[derive(Debug, Parser)]
struct Arguments {
    /// Actions that the store holds.
    #[arg(long, default_value_t = 100_000)]
    rows: u32,
    /// Length of each measurement.
    #[arg(long, default_value_t = 3)]
    seconds: u32,
    /// How often each is made, in turns; the median counts.
    #[arg(long, default_value_t = 3)]
    rounds: u32,
    #[command(subcommand)]
    role: Option<Role>,
}

#[derive(Debug, Subcommand)]
enum Role {
    /// Be the bare server (started by the measurement itself).
    #[command(hide = true)]
    BareServer {
        /// The file with the one token that is accepted.
        token: PathBuf,
        /// How long the constant body is.
        bytes: usize,
    },
}

fn main() -> Result<()> {
    let arguments = Arguments::parse();
    match arguments.role {
        Some(Role::BareServer { token, bytes }) => bare_http::serve(&token, bytes),
        None => measure(&arguments),
    }
}

/// What is asked of the server; the names are those of the scripts in `bench/wrk`.
const OPERATIONS: [&str; 4] = ["get", "patch", "post", "list"];

/// Starts of the server that are timed.
const STARTS: usize = 5;

fn measure(arguments: &Arguments) -> Result<()> {
    let program = std::env::current_exe()?;
    let beside = program.parent().context("this program has no folder")?;
    // Beside the program, since a temporary directory may be held in memory, where a sync costs nothing.
    let folder = tempfile::tempdir_in(beside)?;
    let data = folder.path().join("data");
    let interdict = beside.join("interdict");

    println!("preparing {} actions …", arguments.rows);
    Child::start(&server::interdict(&interdict, &data))?.stop()?;
    let tenant = server::bootstrap_tenant(&data)?;
    let token = folder.path().join("token");
    fs::write(&token, server::token(&interdict, &data, &tenant)?)?;
    let options = SqliteOptions::new(data.join("interdict.db"), 1).into();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let seeded = runtime.block_on(seed::fill(&options, &tenant, arguments.rows))?;
    let ids = folder.path().join("ids");
    fs::write(&ids, seeded.ids.join("\n"))?;

    let mut report = Report::new(arguments.rows, seeded.document_bytes);
    for _ in 1..STARTS {
        let child = Child::start(&server::interdict(&interdict, &data))?;
        report.starts.push(child.ready_after.as_secs_f64() * 1000.0);
        child.stop()?;
    }
    let ours = Child::start(&server::interdict(&interdict, &data))?;
    report.starts.push(ours.ready_after.as_secs_f64() * 1000.0);
    let bare = Child::start(&server::bare(&program, &token, seeded.document_bytes))?;
    let mut rows =
        bare_sql::Rows::new(&folder.path().join("bare.db"), arguments.rows, seeded.document_bytes)?;
    let load = Load { token, ids, seconds: arguments.seconds };

    for round in 1..=arguments.rounds {
        println!("round {round} of {} …", arguments.rounds);
        report.add("bare http", load.run("get", &bare)?);
        for operation in OPERATIONS {
            report.add(operation, load.run(operation, &ours)?);
            report.memory.push(ours.memory()?);
        }
        for batch in bare_sql::BATCHES {
            report.add(&format!("bare sql {batch}"), Figures::of_rate(rows.run(batch, arguments.seconds)?));
        }
    }
    bare.stop()?;
    ours.stop()?;
    println!("{report}");
    Ok(())
}
