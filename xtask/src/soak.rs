//! `cargo xtask soak`: the histories for as long as one likes, and the seeded bugs that their checkers must find; every
//! kind of fault in a cluster; many kills of a node; fuzzing.

use std::fs;

use anyhow::{Context as _, Result};

use crate::process::{cargo, root, run as execute};
use crate::setup;
use crate::{cluster, fuzz};

/// Names the binary with seeded bugs to the tests.
const FAULTY: &str = "INTERDICT_TEST_FAULTY";
const SECONDS: &str = "INTERDICT_HISTORY_SECONDS";
const CRASHES: &str = "INTERDICT_CRASH_ROUNDS";
/// How long each fuzz target runs.
const FUZZ_SECONDS: u32 = 60;

/// Runs all of it, or where the runner is told which tests, the histories alone.
pub(crate) fn run(seconds: u32, faults: u32, crashes: u32, runner: &[String]) -> Result<()> {
    histories(seconds, runner)?;
    if !runner.is_empty() {
        return Ok(());
    }
    cluster::soak(faults)?;
    let mut kills = cargo();
    kills.args(["nextest", "run", "--package", "interdict", "--profile", "soak", "--ignore-default-filter"]);
    kills.args(["--no-capture", "-E", "binary_id(interdict::it) and test(/^crash::/)"]);
    execute(kills.env(CRASHES, crashes.to_string()))?;
    fuzz::run(FUZZ_SECONDS, &[])
}

/// The seeded bugs alone.
pub(crate) fn seeded() -> Result<()> {
    histories(0, &["-E", "test(/^history::seeded::/)"].map(str::to_owned))
}

/// Builds the binary with seeded bugs beside the usual one, and runs the profile `soak`.
fn histories(seconds: u32, runner: &[String]) -> Result<()> {
    setup::runner()?;
    setup::postgres()?;
    execute(cargo().args(["build", "--package", "interdict", "--features", "faults"]))?;
    let target = std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), Into::into);
    // In a folder of its own: the next build puts the usual one in its place.
    let faulty = target.join("faults/interdict");
    fs::create_dir_all(target.join("faults"))?;
    fs::copy(target.join("debug/interdict"), &faulty)
        .with_context(|| format!("cannot write `{}`", faulty.display()))?;
    let mut tests = cargo();
    tests.args(["nextest", "run", "--package", "interdict", "--profile", "soak"]);
    execute(tests.env(FAULTY, faulty).env(SECONDS, seconds.to_string()).args(runner))
}
