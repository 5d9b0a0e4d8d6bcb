//! `cargo xtask test`: one build, one runner, one summary at the end.

use anyhow::Result;

use crate::process::{cargo, run as execute};
use crate::setup;

/// Installs what is missing, builds once, runs every test.
pub(crate) fn run(runner: &[String]) -> Result<()> {
    setup::run()?;
    // The binary itself is under test; the runner would build it only for the crate that owns it.
    execute(cargo().args(["nextest", "run", "--workspace"]).args(runner))
}
