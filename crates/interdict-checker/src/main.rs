//! Makes the experiment and says what became of it; `cargo xtask cluster demo` and `cargo xtask soak` build and run it.
#![allow(clippy::print_stdout, reason = "a command line program talks on stdout")]

use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use clap::{Parser, Subcommand};
use interdict_checker::failover::{Experiment, Kind, Report, directory};

/// Fails a database over under load, and judges what the clients were told.
#[derive(Debug, Parser)]
struct Arguments {
    /// Keep the logs also where all is well.
    #[arg(long, global = true)]
    keep: bool,
    #[command(subcommand)]
    run: Run,
}

#[derive(Debug, Subcommand)]
enum Run {
    /// Kill leaders, and a node of Interdict after each.
    Demo {
        /// Commits wait for no standby, and the leader is cut off first: it succeeds when losses are found.
        #[arg(long = "async")]
        asynchronous: bool,
        /// How many leaders.
        #[arg(long, default_value_t = 1)]
        kills: usize,
        /// Length of the load before each, and after.
        #[arg(long, default_value_t = 5)]
        seconds: u64,
        /// How many write at once.
        #[arg(long, default_value_t = 8)]
        clients: u32,
    },
    /// Make every kind of fault in turn.
    Soak {
        /// How many.
        #[arg(long, default_value_t = 10)]
        faults: usize,
    },
}

#[tokio::main]
async fn main() -> ExitCode {
    let Arguments { keep, run } = Arguments::parse();
    let outcome = tokio::select! {
        outcome = make(run, keep) => outcome,
        _ = tokio::signal::ctrl_c() => Err(anyhow::anyhow!("interrupted")),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            println!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

async fn make(run: Run, keep: bool) -> Result<()> {
    let program = std::env::current_exe()?;
    let folder = program.parent().context("a program without a folder")?;
    let directory = directory(folder)?;
    let home = directory.path().to_owned();
    let experiment = |synchronous, faults, seconds, clients| Experiment {
        binary: folder.join("interdict"),
        home,
        synchronous,
        faults,
        load: Duration::from_secs(seconds),
        clients,
    };
    let (experiment, is_control) = match run {
        Run::Demo { asynchronous: true, kills, seconds, clients } => {
            (experiment(false, vec![Kind::CutOff; kills], seconds, clients), true)
        }
        Run::Demo { kills, seconds, clients, .. } => {
            let faults = [Kind::Machine, Kind::Node, Kind::Postmaster, Kind::Node];
            let faults = faults.into_iter().cycle().take(kills.saturating_mul(2)).collect();
            (experiment(true, faults, seconds, clients), false)
        }
        Run::Soak { faults } => {
            (experiment(true, Kind::ALL.into_iter().cycle().take(faults).collect(), 5, 8), false)
        }
    };
    let outcome = experiment.run(|word| println!("{word}")).await.and_then(|report| {
        print!("\n{report}");
        if is_control { found(&report) } else { held(&report) }
    });
    if keep || outcome.is_err() {
        println!("the logs are in {}", directory.keep().display());
    }
    outcome
}

fn held(report: &Report) -> Result<()> {
    if report.is_well() {
        println!(
            "nothing was lost, nothing happened twice, no action was with two at once or left undone, and writes went on in \
             time"
        );
        return Ok(());
    }
    bail!("not everything is as it must be");
}

/// The control run is to lose something: a judge that never finds a loss is not to be trusted.
fn found(report: &Report) -> Result<()> {
    match report.verdict.lost() {
        0 => bail!("nothing was lost, although commits waited for no standby: the judge saw nothing"),
        lost => println!(
            "{lost} losses were found, as they must be where commits wait for no standby, and {} faults of actions carried out",
            report.carried.faults.len()
        ),
    }
    Ok(())
}
