//! The agent's token: given, read from a file, or fetched from the server's issuer for client credentials.

use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use reqwest::{Client, Url};
use secrecy::{ExposeSecret as _, SecretString};
use serde::Deserialize;
use tokio::sync::Mutex;

use super::answer::{CallError, send};
use super::api::address;
use crate::data_dir::Bootstrap;
use crate::failure::Failure;

/// A token is fetched anew while it still holds this long, so that no call begins with one that ends on the way.
const MARGIN: Duration = Duration::from_secs(120);

/// Where tokens come from.
#[derive(Clone, Debug)]
pub(super) enum TokenSource {
    /// `INTERDICT_TOKEN`.
    Fixed(SecretString),
    /// A file that somebody else keeps fresh.
    File(PathBuf),
    /// A file with client credentials.
    Client(PathBuf),
}

/// Fetches tokens and keeps the last one.
#[derive(Debug)]
pub(super) struct Credentials {
    source: TokenSource,
    kept: Mutex<Option<Kept>>,
}

#[derive(Debug)]
struct Kept {
    token: SecretString,
    fresh_until: Instant,
}

#[derive(Deserialize)]
struct Granted {
    access_token: String,
    expires_in: u64,
}

/// Whether the source can be read, and by nobody else.
pub(super) fn check(source: &TokenSource) -> Result<(), Failure> {
    match source {
        TokenSource::Fixed(_) => Ok(()),
        TokenSource::File(path) => token_of(path).map(drop).map_err(Failure::usage),
        TokenSource::Client(path) => {
            client_of(path).map_err(Failure::usage)?;
            let metadata = std::fs::metadata(path);
            // What systemd hands to a service is of the service alone, though its mode says otherwise.
            let is_handed =
                std::env::var_os("CREDENTIALS_DIRECTORY").is_some_and(|own| path.starts_with(own));
            if !is_handed && metadata.is_ok_and(|it| it.permissions().mode() & 0o077 != 0) {
                return Err(Failure::usage(format!(
                    "the client credentials `{}` can be read by others",
                    path.display()
                ))
                .hint("set the file's mode to 0600"));
            }
            Ok(())
        }
    }
}

impl Credentials {
    /// Nothing is fetched yet.
    pub(super) fn new(source: TokenSource) -> Self {
        Self { source, kept: Mutex::new(None) }
    }

    /// A token that holds for a while.
    pub(super) async fn token(&self, client: &Client, server: &Url) -> Result<SecretString, CallError> {
        let path = match &self.source {
            TokenSource::Fixed(token) => return Ok(token.clone()),
            TokenSource::File(path) => return token_of(path).map_err(CallError::Credentials),
            TokenSource::Client(path) => path,
        };
        let mut kept = self.kept.lock().await;
        if let Some(kept) = kept.as_ref().filter(|kept| Instant::now() < kept.fresh_until) {
            return Ok(kept.token.clone());
        }
        // Read each time: a rotated secret is used without a restart.
        let granted = fetch(&client_of(path).map_err(CallError::Credentials)?, client, server).await?;
        let lifetime = Duration::from_secs(granted.expires_in);
        let fresh = lifetime.saturating_sub(MARGIN).max(lifetime / 2);
        let token = SecretString::from(granted.access_token);
        *kept = Some(Kept { token: token.clone(), fresh_until: Instant::now() + fresh });
        Ok(token)
    }

    /// Does not use the last token again: the server refused it.
    pub(super) async fn forget(&self) {
        *self.kept.lock().await = None;
    }
}

async fn fetch(app: &Bootstrap, client: &Client, server: &Url) -> Result<Granted, CallError> {
    let tenant = app.tenant.to_string();
    let url = address(server, &[&tenant, "oauth2", "v2.0", "token"]);
    let mut form = Url::clone(&url);
    form.query_pairs_mut()
        .append_pair("grant_type", "client_credentials")
        .append_pair("scope", "api://interdict/.default")
        .append_pair("client_id", &app.client_id)
        .append_pair("client_secret", app.client_secret.expose_secret());
    let request = client
        .post(url)
        .header("Content-Type", "application/x-www-form-urlencoded")
        .body(form.query().unwrap_or_default().to_owned());
    match send(request).await {
        // OAuth's error shape has no message of Graph's kind; the status says enough.
        Err(CallError::Refused { status: 400 | 401, .. }) => {
            Err(CallError::Credentials("the server's issuer refused the client credentials".to_owned()))
        }
        answer => answer,
    }
}

fn token_of(path: &Path) -> Result<SecretString, String> {
    match std::fs::read_to_string(path) {
        Ok(text) if text.trim().is_empty() => Err(format!("the token file `{}` is empty", path.display())),
        Ok(text) => Ok(text.trim().into()),
        Err(error) => Err(format!("cannot read the token file `{}`: {error}", path.display())),
    }
}

fn client_of(path: &Path) -> Result<Bootstrap, String> {
    match Bootstrap::read(path) {
        Ok(Some(app)) => Ok(app),
        Ok(None) => Err(format!("there is no file `{}` with client credentials", path.display())),
        Err(failure) => Err(failure.message().to_owned()),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use std::fs::Permissions;

    use super::*;

    #[test]
    fn client_credentials_that_others_can_read_are_refused() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let text = r#"{"tenantId":"2f1d7f26-3c1b-4f0e-9f3f-0a4c0e6a7b11","clientId":"c","clientSecret":"s","roles":[]}"#;
        std::fs::write(file.path(), text).unwrap();
        let source = TokenSource::Client(file.path().to_owned());
        check(&source).unwrap();
        std::fs::set_permissions(file.path(), Permissions::from_mode(0o640)).unwrap();
        let fault = check(&source).unwrap_err().to_string();
        assert!(fault.contains("can be read by others") && fault.contains("0600"), "{fault}");
    }

    #[test]
    fn a_file_that_is_not_there_or_says_nothing_is_found_at_the_start() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let empty = check(&TokenSource::File(file.path().to_owned())).unwrap_err().to_string();
        assert!(empty.contains("is empty"), "{empty}");
        let missing = check(&TokenSource::Client("/nowhere".into())).unwrap_err().to_string();
        assert!(missing.contains("there is no file `/nowhere`"), "{missing}");
    }
}
