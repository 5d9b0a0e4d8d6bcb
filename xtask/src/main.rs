//! The project's own chores: `cargo xtask tidy`, `test` and `bench`. The order they run in is `.ci/run`.
#![allow(clippy::print_stdout, reason = "a command line program talks on stdout")]

mod bench;
mod cluster;
mod fuzz;
mod gate;
mod process;
mod schema_diff;
mod setup;
mod soak;
mod test;
mod tidy;
mod tree;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// Chores of the Interdict workspace.
#[derive(Debug, Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
struct Arguments {
    #[command(subcommand)]
    chore: Chore,
}

#[derive(Debug, Subcommand)]
enum Chore {
    /// Check what the compiler cannot: floors, dependencies, layout, links.
    Tidy,
    /// Install what the tests need and run them all; ends with the runner's summary.
    Test {
        /// Passed to the runner, such as a filter: `cargo xtask test -- -E 'test(cancel)'`.
        #[arg(last = true)]
        runner: Vec<String>,
    },
    /// Install what the tests need, and stop.
    Setup,
    /// Three PostgreSQL that fail over, and the experiment that kills their leader.
    Cluster {
        #[command(flatten)]
        place: cluster::Place,
        #[command(subcommand)]
        step: cluster::Step,
    },
    /// Compare the schemas that the migrations make on the two engines.
    SchemaDiff,
    /// Count the instructions of a GET, a PATCH and a list page, and hold them to what is recorded.
    Gate {
        /// Record what is counted.
        #[arg(long)]
        update: bool,
    },
    /// The long experiments: histories and the seeded bugs that their checkers must find, every kind of fault in a
    /// cluster that fails over, many kills of a node, fuzzing.
    Soak {
        /// How long clients work in each of the seven histories, in seconds.
        #[arg(long, default_value_t = 100)]
        seconds: u32,
        /// How many faults of the cluster.
        #[arg(long, default_value_t = 10)]
        faults: u32,
        /// How many kills of a node.
        #[arg(long, default_value_t = 100)]
        crashes: u32,
        /// Histories alone, with a filter of the runner's: `cargo xtask soak -- -E 'test(seeded)'`.
        #[arg(last = true)]
        runner: Vec<String>,
    },
    /// Try the readers of hostile text on whatever libFuzzer makes up.
    Fuzz {
        /// How long each target runs, in seconds.
        #[arg(long, default_value_t = 20)]
        seconds: u32,
        /// Which targets, such as `filter`; all where none is named.
        targets: Vec<String>,
    },
    /// Measure the release build beside a bare server and a bare database loop.
    Bench {
        /// Passed to the measuring program, see `bench/src/main.rs`: `cargo xtask bench --rows 10000 --seconds 2`.
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        options: Vec<String>,
    },
}

fn main() -> ExitCode {
    let outcome = match Arguments::parse().chore {
        Chore::Tidy => tidy::run(),
        Chore::Test { runner } => test::run(&runner),
        Chore::Setup => setup::run(),
        Chore::Gate { update } => gate::run(update),
        Chore::Cluster { place, step } => cluster::run(place, &step),
        Chore::Soak { seconds, faults, crashes, runner } => soak::run(seconds, faults, crashes, &runner),
        Chore::Fuzz { seconds, targets } => fuzz::run(seconds, &targets),
        Chore::SchemaDiff => schema_diff::run(),
        Chore::Bench { options } => bench::run(&options),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            println!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}
