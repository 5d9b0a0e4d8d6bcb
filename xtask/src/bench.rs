//! `cargo xtask bench`: builds the release server and the measuring program, and runs it.

use anyhow::Result;

use crate::process::{cargo, command, root, run as execute};
use crate::setup;

/// Measures. The options are the measuring program's.
pub(crate) fn run(options: &[String]) -> Result<()> {
    setup::wrk()?;
    setup::postgres()?;
    setup::npm()?;
    execute(cargo().args(["build", "--release", "--package", "interdict", "--package", "interdict-bench"]))?;
    let target = std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), Into::into);
    execute(command(target.join("release/interdict-bench")).args(options))
}
