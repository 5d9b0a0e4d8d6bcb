//! Measures how actions are carried out: `cargo xtask bench --execution [--actions N] [--queued N] [--url URL OF AN EMPTY
//! DATABASE]`. The server's release build lies beside this program, and its store will, too. Every part has a tenant of its
//! own.
#![allow(clippy::print_stdout, reason = "a command line program talks on stdout")]

mod client;
mod handout;
mod scene;
mod throughput;
mod timers;

use anyhow::{Context as _, Result};
use clap::Parser;
use interdict_testkit::process::Program;
use scene::Scene;

/// Measures the server that lies beside this program.
#[derive(Debug, Parser)]
struct Arguments {
    /// Actions that are carried out.
    #[arg(long, default_value_t = 20_000)]
    actions: usize,
    /// Actions that wait in the queue of another measurement of the same.
    #[arg(long, default_value_t = 100_000)]
    queued: usize,
    /// Filings of which it is measured how long their hand-out takes.
    #[arg(long, default_value_t = 200)]
    filings: usize,
    /// Deadlines that pass at once.
    #[arg(long, default_value_t = 10_000)]
    timers: usize,
    /// An empty PostgreSQL database; SQLite without it.
    #[arg(long)]
    url: Option<String>,
}

fn main() -> Result<()> {
    let arguments = Arguments::parse();
    let here = std::env::current_exe()?;
    let program = Program::new(here.with_file_name("interdict"));
    let program = arguments.url.as_ref().map_or_else(|| program.clone(), |url| program.on(url));
    let folder = tempfile::tempdir_in(here.parent().context("this program has no folder")?)?;
    let server = program.serve(&folder.path().join("data"));
    println!("| what | found | wanted |");
    println!("|---|---:|---:|");
    handout::measure(&Scene::set(&server, 1)?, arguments.filings)?;
    let rate = throughput::measure(&Scene::set(&server, 2)?, arguments.actions)?;
    println!("| filed, leased and completed, 32 in flight, actions/s | {rate:.0} | ≥ 3000 |");
    let full = Scene::set(&server, 3)?;
    throughput::queue(&full, arguments.queued)?;
    let leases = throughput::drain(&full, 2_000)?;
    let small = Scene::set(&server, 4)?;
    throughput::queue(&small, 2_100)?;
    let few = throughput::drain(&small, 2_000)?;
    let slower = leases / few;
    println!(
        "| a lease of one action with {} queued, beside one with 2,100 | {slower:.2} × | ≤ 1.5 × |",
        arguments.queued
    );
    let late = timers::measure(&Scene::set(&server, 5)?, arguments.timers)?;
    println!(
        "| {} deadlines of one instant, until the last is swept, s | {late:.2} | < 3 |",
        arguments.timers
    );
    anyhow::ensure!(server.terminate().status.success(), "the server did not end well");
    Ok(())
}
