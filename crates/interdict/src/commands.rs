//! The commands, one module each.

pub(crate) mod actions;
pub(crate) mod agent;
pub(crate) mod app;
pub(crate) mod approvals;
pub(crate) mod audit;
pub(crate) mod backup;
pub(crate) mod bulk;
pub(crate) mod catalog;
pub(crate) mod demo;
pub(crate) mod effects;
pub(crate) mod export;
pub(crate) mod help;
pub(crate) mod import;
pub(crate) mod keys;
pub(crate) mod migrate_store;
pub(crate) mod operators;
mod output;
mod progress;
pub(crate) mod protected_targets;
pub(crate) mod provider;
pub(crate) mod providers;
pub(crate) mod query;
pub(crate) mod serve;
mod server;
pub(crate) mod tenant;
pub(crate) mod token;

use crate::failure::Failure;

/// A runtime for one command.
fn runtime() -> Result<tokio::runtime::Runtime, Failure> {
    tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|error| Failure::failed(format!("cannot start the runtime: {error}")))
}

/// Permission names that `--role` and `--scope` accept.
fn permission_name(text: &str) -> Result<String, String> {
    use interdict_model::Permission;
    match Permission::from_name(text) {
        Some(permission) => Ok(permission.name().to_owned()),
        None => Err(format!("the known names are {}", Permission::ALL.map(Permission::name).join(", "))),
    }
}

/// A duration as the API takes it, ISO 8601, of one that may be written more briefly.
fn duration(text: &str) -> Result<String, String> {
    if text.starts_with('P') {
        // The server knows what it takes, and says so.
        return Ok(text.to_owned());
    }
    let span: crate::config::Span =
        text.parse().map_err(|_| "it must be a duration such as 30m, 1h, PT4H or P2D".to_owned())?;
    Ok(interdict_model::duration::format(i64::from(span.seconds())))
}

/// A tenant's GUID in its canonical form.
fn tenant_id(text: &str) -> Result<interdict_model::TenantId, String> {
    interdict_model::TenantId::parse(text).ok_or_else(|| "it is no GUID".to_owned())
}
