//! `interdict`: the command line, the configuration and the wiring. The one crate that knows every floor.

mod cli;
mod client;
mod commands;
mod config;
mod data_dir;
mod failure;
mod faults;
mod logging;
mod process;
mod system;
mod terminal;

use std::process::ExitCode;

use clap::Parser;

use crate::cli::{Cli, Command};
use crate::failure::Failure;

/// Measured beside the system's: `docs/benchmarks.md`.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            terminal::notice(failure.to_string().trim_end());
            failure.exit_code()
        }
    }
}

fn run() -> Result<(), Failure> {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        // Help, version, and help for want of a command: clap's own text and exit status.
        Err(error)
            if !error.use_stderr()
                || error.kind() == clap::error::ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand =>
        {
            error.exit()
        }
        Err(error) => return Err(Failure::from_clap(&error)),
    };
    process::harden();
    #[cfg(feature = "faults")]
    faults::arm()?;
    match cli.command {
        Command::Serve(flags) => commands::serve::run(&flags, cli.log),
        Command::Demo(flags) => commands::demo::run(&flags, cli.log),
        Command::Token(flags) => commands::token::run(&flags),
        Command::App(command) => commands::app::run(&command, cli.log),
        Command::Actions(flags) => commands::actions::run(&flags),
        Command::Approvals(flags) => commands::approvals::run(&flags),
        Command::ProtectedTargets(flags) => commands::protected_targets::run(&flags),
        Command::Tenant(flags) => commands::tenant::run(&flags),
        Command::Bulk(flags) => commands::bulk::run(&flags),
        Command::Effects(flags) => commands::effects::run(&flags),
        Command::Providers(flags) => commands::providers::run(&flags),
        Command::Catalog(flags) => commands::catalog::run(&flags),
        Command::Provider(flags) => commands::provider::run(&flags),
        Command::Keys(command) => commands::keys::run(&command, cli.log),
        Command::Agent(flags) => commands::agent::run(&flags, cli.log),
        Command::Query(command) => commands::query::run(&command),
        Command::Audit(command) => commands::audit::run(&command, cli.log),
        Command::Backup(flags) => commands::backup::back_up(&flags, cli.log),
        Command::Restore(flags) => commands::backup::restore(&flags, cli.log),
        Command::Export(flags) => commands::export::run(&flags, cli.log),
        Command::Import(flags) => commands::import::run(&flags, cli.log),
        Command::MigrateStore(flags) => commands::migrate_store::run(&flags, cli.log),
        Command::Help(flags) => commands::help::run(&flags),
    }
}
