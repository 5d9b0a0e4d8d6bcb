//! The flags by which commands find a server, and are known there.

use std::net::IpAddr;
use std::path::{Path, PathBuf};

use clap::Args;
use reqwest::{Certificate, Url};
use secrecy::SecretString;

use super::Client;
use crate::config::PublicUrl;
use crate::failure::Failure;

/// The variable whose value is the token, where no file is named.
const TOKEN_VARIABLE: &str = "INTERDICT_TOKEN";

/// Where help has the flags that all these commands take, behind those of their own.
pub(crate) const HEADING: &str = "Server and answer";

/// Which server, and who asks.
#[derive(Args, Clone, Debug)]
pub(crate) struct ServerFlags {
    /// The server
    #[arg(
        long,
        global = true,
        help_heading = HEADING,
        value_name = "URL",
        env = "INTERDICT_URL",
        default_value = "http://127.0.0.1:8080"
    )]
    url: PublicUrl,
    /// File with the token; without it the variable INTERDICT_TOKEN is the token
    #[arg(long, global = true, help_heading = HEADING, value_name = "FILE")]
    token_file: Option<PathBuf>,
    /// Authorities of the server's certificate, PEM [default: the system's]
    #[arg(long, global = true, help_heading = HEADING, value_name = "FILE")]
    ca: Option<PathBuf>,
    /// Allow plain HTTP beyond loopback
    #[arg(long, global = true, help_heading = HEADING)]
    insecure_http: bool,
}

impl ServerFlags {
    /// The client that the flags describe.
    pub(crate) fn client(&self) -> Result<Client, Failure> {
        let base = self.url.as_str();
        if !self.insecure_http && base.starts_with("http:") && !is_loopback(base) {
            return Err(Failure::usage(format!("the token would travel to {base} unencrypted"))
                .hint("use https://, or --insecure-http where something else keeps the way safe"));
        }
        let authorities = self.ca.as_deref().map(authorities).transpose()?;
        Ok(Client::trusting(base, authorities)?.with_token(self.token()?))
    }

    fn token(&self) -> Result<SecretString, Failure> {
        match &self.token_file {
            Some(path) => token_in(path),
            None => token_of(&std::env::var(TOKEN_VARIABLE).unwrap_or_default()),
        }
    }
}

/// The token in a file.
pub(crate) fn token_in(path: &Path) -> Result<SecretString, Failure> {
    let text = std::fs::read_to_string(path).map_err(|error| {
        Failure::usage(format!("cannot read the token file `{}`: {error}", path.display()))
    })?;
    token_of(&text)
}

fn token_of(text: &str) -> Result<SecretString, Failure> {
    let token = text.trim();
    if token.is_empty() || !token.bytes().all(|byte| byte.is_ascii_graphic()) {
        let what = if token.is_empty() { "there is no token" } else { "the token is no token" };
        return Err(Failure::usage(what)
            .hint(format!("put one into the variable {TOKEN_VARIABLE}, or into a file for --token-file"))
            .hint("`interdict token --role SecurityActions.ReadWrite.All` mints one"));
    }
    Ok(token.to_owned().into())
}

/// Whether the server is on this machine.
pub(super) fn is_loopback(base: &str) -> bool {
    let host = Url::parse(base).ok().and_then(|url| url.host_str().map(str::to_owned)).unwrap_or_default();
    let address = host.trim_matches(['[', ']']).parse::<IpAddr>();
    host == "localhost" || address.is_ok_and(|address| address.is_loopback())
}

fn authorities(file: &Path) -> Result<Vec<Certificate>, Failure> {
    let wrong = |error: &dyn std::fmt::Display| {
        Failure::usage(format!("cannot use the authorities in `{}`: {error}", file.display()))
    };
    let text = std::fs::read(file).map_err(|error| wrong(&error))?;
    match Certificate::from_pem_bundle(&text) {
        Ok(found) if found.is_empty() => Err(wrong(&"there is no certificate in it")),
        found => found.map_err(|error| wrong(&error)),
    }
}
