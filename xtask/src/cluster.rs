//! `cargo xtask cluster`: three PostgreSQL under Patroni on this machine, and the experiment that kills their leader.

use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context, Result};
use clap::{Args, Subcommand};
use interdict_cluster::patroni::{Part, Patroni, Signal};

use crate::process::{cargo, command, root, run as execute};
use crate::setup;

/// How long a leader may take to be replaced.
const REPLACED: Duration = Duration::from_secs(60);

/// Which cluster.
#[derive(Debug, Args)]
pub(crate) struct Place {
    /// Directory of the cluster that `up` starts [default: target/patroni].
    #[arg(long, global = true, value_name = "DIR")]
    dir: Option<PathBuf>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Step {
    /// Start a cluster that stays, and print its address.
    Up,
    /// Kill the leader, Patroni and PostgreSQL; wait for the next one.
    KillLeader,
    /// End what `up` started, and remove its directory.
    Down,
    /// Kill leaders, and a node after each, under load and while actions are carried out; read everything back, and say what
    /// became of it.
    Demo {
        /// Commits wait for no standby: the run succeeds when acknowledged writes are found lost.
        #[arg(long = "async")]
        asynchronous: bool,
        /// How many leaders are killed.
        #[arg(long, default_value_t = 1)]
        kills: u32,
        /// Length of the load before each kill and after it.
        #[arg(long, default_value_t = 5)]
        seconds: u64,
    },
}

/// Does one step.
pub(crate) fn run(place: Place, step: &Step) -> Result<()> {
    setup::patroni()?;
    let home = place.dir.unwrap_or_else(|| target().join("patroni"));
    match step {
        Step::Up => {
            let cluster = Patroni::start(&home, true)?;
            println!("{}", cluster.url());
            println!("its files and logs: {}", cluster.home().display());
            cluster.keep();
        }
        Step::KillLeader => {
            let cluster = Patroni::open(&home)?;
            let leader = cluster.await_leader(REPLACED)?;
            for part in [Part::Patroni(leader), Part::Postmaster(leader)] {
                println!("killing {part:?}: {}", cluster.signal(part, Signal::KILL));
            }
            println!("member {} leads", cluster.await_leader(REPLACED)?);
            cluster.revive()?;
            cluster.await_whole(REPLACED)?;
            println!("member {leader} follows");
        }
        Step::Down => {
            Patroni::open(&home)?.end()?;
            std::fs::remove_dir_all(&home).context("the cluster has ended; its directory stays")?;
        }
        Step::Demo { asynchronous, kills, seconds } => {
            let mut options = vec![format!("--kills={kills}"), format!("--seconds={seconds}")];
            options.extend(asynchronous.then(|| "--async".to_owned()));
            experiment(&[&["demo".to_owned()], &*options].concat())?;
        }
    }
    Ok(())
}

/// Every kind of fault, under load.
pub(crate) fn soak(faults: u32) -> Result<()> {
    setup::patroni()?;
    experiment(&["soak".to_owned(), format!("--faults={faults}")])
}

/// Builds the server and the program that makes the experiment, and runs it.
fn experiment(options: &[String]) -> Result<()> {
    execute(cargo().args(["build", "--package", "interdict", "--package", "interdict-checker"]))?;
    execute(command(target().join("debug/interdict-checker")).args(options))
}

fn target() -> PathBuf {
    std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), Into::into)
}
