//! `interdict token`: mints a token with the issuer's key alone; no server need run, none is asked.

use clap::Args;
use interdict_auth::{BuiltinIssuer, TokenRequest};
use interdict_model::clock::Clock;
use interdict_model::{AppId, TenantId};
use secrecy::ExposeSecret;

use super::{permission_name, tenant_id};
use crate::config::{FileConfig, Place, PublicUrl, Span, data_dir};
use crate::data_dir::DataDir;
use crate::failure::Failure;
use crate::system::SystemClock;
use crate::terminal;

/// The client id of tokens that name none: the command line itself.
const COMMAND_LINE_APP: &str = "c0de0000-0000-4000-8000-00000000c11a";

/// The flags of `token`.
#[derive(Args, Debug)]
pub(crate) struct TokenFlags {
    #[command(flatten)]
    place: Place,
    /// The tenant [default: the one of bootstrap.json]
    #[arg(long, value_name = "GUID", value_parser = tenant_id)]
    tenant: Option<TenantId>,
    /// An application permission; repeats
    #[arg(long = "role", value_name = "ROLE", value_parser = permission_name)]
    roles: Vec<String>,
    /// A delegated permission, with --user; repeats
    #[arg(long = "scope", value_name = "SCOPE", value_parser = permission_name, requires = "user")]
    scopes: Vec<String>,
    /// The client application [default: a fixed id that stands for this command]
    #[arg(long, value_name = "GUID", value_parser = app_id)]
    app_id: Option<AppId>,
    /// The signed-in user of a delegated token
    #[arg(long, value_name = "UPN")]
    user: Option<String>,
    /// Lifetime, such as 15m or 8h
    #[arg(long, value_name = "DURATION", default_value = "1h", value_parser = lifetime)]
    expires: Span,
    /// The server's public URL, where it has one
    #[arg(long, value_name = "URL", env = "INTERDICT_PUBLIC_URL")]
    public_url: Option<PublicUrl>,
}

fn app_id(text: &str) -> Result<AppId, String> {
    tenant_id(text).map(|guid| AppId(guid.to_string().into()))
}

fn lifetime(text: &str) -> Result<Span, String> {
    let span: Span = text.parse()?;
    if span.seconds() == 0 { Err("a token must live for a second at least".to_owned()) } else { Ok(span) }
}

/// Prints a token.
pub(crate) fn run(flags: &TokenFlags) -> Result<(), Failure> {
    let file = FileConfig::read(flags.place.config.as_deref())?;
    let dir = DataDir::at(&data_dir(&flags.place, &file));
    let key = dir.issuer_key();
    if !key.is_file() {
        return Err(Failure::failed(format!("there is no issuer key at `{}`", key.display()))
            .hint("the first `interdict serve` makes it")
            .hint("--data-dir names the server's data directory"));
    }
    let tenant = match flags.tenant {
        Some(tenant) => tenant,
        None => default_tenant(&dir)?,
    };
    let public_url = flags.public_url.as_ref().or(file.public_url.as_ref());
    let issuer = BuiltinIssuer::load_or_create(&key, public_url.map(PublicUrl::as_str)).map_err(|error| {
        Failure::failed(format!("cannot use the issuer key `{}`: {error}", key.display()))
    })?;
    let request = TokenRequest {
        tenant,
        app: flags.app_id.clone().unwrap_or_else(|| AppId(COMMAND_LINE_APP.into())),
        roles: flags.roles.clone(),
        scopes: flags.scopes.clone(),
        user: flags.user.clone(),
        expires_in: flags.expires.seconds(),
    };
    if flags.user.is_some() && flags.scopes.is_empty() {
        terminal::notice("warning: --user counts only with --scope: the token speaks for the app alone");
    }
    let token = issuer
        .mint(&request, SystemClock.now())
        .map_err(|error| Failure::failed(format!("cannot sign the token: {error}")))?;
    terminal::print(token.expose_secret());
    Ok(())
}

/// The tenant that the first start made.
pub(super) fn default_tenant(dir: &DataDir) -> Result<TenantId, Failure> {
    match dir.bootstrap()? {
        Some(bootstrap) => Ok(bootstrap.tenant),
        None => Err(Failure::usage(format!(
            "there is no `{}` to take the tenant from",
            dir.bootstrap_file().display()
        ))
        .hint("name it with --tenant GUID")),
    }
}
