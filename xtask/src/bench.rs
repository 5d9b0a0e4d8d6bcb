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
    // How actions are carried out is measured by a program of its own.
    let (program, options) = match options.split_first() {
        Some((first, rest)) if first == "--execution" => ("release/execution", rest),
        _ => ("release/interdict-bench", options),
    };
    execute(command(target.join(program)).args(options))
}
