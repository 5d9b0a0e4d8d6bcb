//! The command line as clap sees it. `docs/reference/cli.md` describes every command and flag.

use clap::{Parser, Subcommand};

use crate::commands::{
    actions, agent, app, approvals, audit, backup, bulk, catalog, demo, effects, export, help, import, keys,
    migrate_store, protected_targets, provider, providers, query, tenant, token,
};
use crate::config::{LogFlags, ServeFlags};

/// Self-hosted security actions behind Microsoft Graph's securityAction API.
#[derive(Debug, Parser)]
#[command(name = "interdict", version = crate::faults::VERSION, arg_required_else_help = true, disable_help_subcommand = true)]
pub(crate) struct Cli {
    #[command(flatten)]
    pub(crate) log: LogFlags,
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Run the server; no flag is needed
    Serve(ServeFlags),
    /// Start a server in a temporary directory, file real actions, and show what became of them
    Demo(demo::DemoFlags),
    /// Mint a token with the data directory's issuer key; prints the token alone
    Token(token::TokenFlags),
    /// Client credentials of the built-in issuer
    #[command(subcommand)]
    App(app::AppCommand),
    /// File actions on a running server, and follow them
    Actions(actions::ActionsFlags),
    /// Actions that others must agree to
    Approvals(approvals::ApprovalsFlags),
    /// Targets that no action may touch
    ProtectedTargets(protected_targets::ProtectedTargetsFlags),
    /// The tenant as a whole: pause it in an emergency
    Tenant(tenant::TenantFlags),
    /// Cancel or undo all that a filter selects, in an emergency
    Bulk(bulk::BulkFlags),
    /// What is in force
    Effects(effects::EffectsFlags),
    /// The executors that a running server knows
    Providers(providers::ProvidersFlags),
    /// The actions that a running server knows
    Catalog(catalog::CatalogFlags),
    /// Try out what a provider and a server promise each other
    Provider(provider::ProviderFlags),
    /// Keys that the nodes of a store share
    #[command(subcommand)]
    Keys(keys::KeysCommand),
    /// Carry out actions with this machine's programs
    Agent(agent::AgentFlags),
    /// What query options mean
    #[command(subcommand)]
    Query(query::QueryCommand),
    /// The journal
    #[command(subcommand)]
    Audit(audit::AuditCommand),
    /// Copy the store into a file, consistently; works while the server runs
    Backup(backup::BackupFlags),
    /// Put a copy in place of a store that is not there, verified
    Restore(backup::RestoreFlags),
    /// Write every journal as JSON Lines; works while the server runs
    Export(export::ExportFlags),
    /// Fill an empty store with an export
    Import(import::ImportFlags),
    /// Fill an empty store with another one's journals, of whichever engine
    MigrateStore(migrate_store::MigrateStoreFlags),
    /// Show a page of the documentation, such as `filter`, or the help of a command
    Help(help::HelpFlags),
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::Cli;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn every_command_and_flag_is_in_the_reference() {
        fn check(page: &str, command: &clap::Command, path: &str) {
            let path = format!("{path}{}", command.get_name());
            assert!(page.contains(&format!("`{path}")), "`{path}` is not in docs/reference/cli.md");
            // What the page says of one command stands between its heading and the next.
            let own =
                page.split(&format!("\n## `{path}`")).nth(1).and_then(|rest| rest.split("\n## ").next());
            for argument in command.get_arguments() {
                let Some(long) = argument.get_long() else { continue };
                if matches!(long, "help" | "version") {
                    continue;
                }
                let flag = format!("`--{long}");
                assert!(
                    own.unwrap_or(page).contains(&flag),
                    "`{path} --{long}` is not in docs/reference/cli.md"
                );
                if let Some(variable) = argument.get_env() {
                    let variable = variable.to_string_lossy();
                    assert!(page.contains(&*variable), "{variable} is not in docs/reference/cli.md");
                }
            }
            for subcommand in command.get_subcommands() {
                check(page, subcommand, &format!("{path} "));
            }
        }
        check(include_str!("../../../docs/reference/cli.md"), &Cli::command(), "");
    }
}
