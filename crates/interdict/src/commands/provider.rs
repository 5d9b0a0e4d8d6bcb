//! `interdict provider`: what a provider and a server promise each other, tried out from the outside.

mod check;
mod lease;
pub(crate) mod sim;

use clap::{Args, Subcommand};

use super::server::Common;
use crate::failure::Failure;

/// `interdict provider`
#[derive(Args, Debug)]
pub(crate) struct ProviderFlags {
    #[command(flatten)]
    common: Common,
    #[command(subcommand)]
    command: ProviderCommand,
}

/// What to try.
#[derive(Debug, Subcommand)]
enum ProviderCommand {
    /// Hold a server to what providers are promised, case by case
    Check(check::CheckFlags),
    /// Be a provider that does nothing, but takes its time, fails and falls silent as it is told
    Sim(sim::SimFlags),
}

/// Carries out a `provider` command.
pub(crate) fn run(flags: &ProviderFlags) -> Result<(), Failure> {
    match &flags.command {
        ProviderCommand::Check(check) => check::run(&flags.common, check),
        ProviderCommand::Sim(sim) => sim::run(&flags.common, sim),
    }
}
