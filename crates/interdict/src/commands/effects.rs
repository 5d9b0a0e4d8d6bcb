//! `interdict effects`: what is in force.

use clap::{Args, Subcommand};

use super::server::{Common, show_list};
use crate::client::escaped;
use crate::failure::Failure;

/// `interdict effects`
#[derive(Args, Debug)]
pub(crate) struct EffectsFlags {
    #[command(flatten)]
    common: Common,
    #[command(subcommand)]
    command: EffectsCommand,
}

/// What to see of effects.
#[derive(Debug, Subcommand)]
enum EffectsCommand {
    /// List what is or may be in force on a target, over all providers
    List {
        /// An address or a range, a domain, a URL, a hash, a device or a user
        #[arg(long, value_name = "TARGET")]
        target: String,
    },
}

/// Carries out an `effects` command.
pub(crate) fn run(flags: &EffectsFlags) -> Result<(), Failure> {
    let EffectsCommand::List { target } = &flags.command;
    flags.common.run(async |client, output| {
        let columns = [
            ("TARGET", "/target"),
            ("ACTION", "/action"),
            ("STATE", "/state"),
            ("UNTIL", "/until"),
            ("PROVIDER", "/provider"),
            ("HELD BY", "/holders"),
        ];
        let list = client.get(&format!("/api/v1/effects?target={}", escaped(target))).await?;
        show_list(output, &list, &columns)
    })
}
