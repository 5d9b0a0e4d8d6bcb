//! `interdict keys`: the keys that the nodes of a store share, and their successors. A running server is asked through its
//! socket; otherwise the store is opened under its lock.

use std::sync::Arc;

use clap::{Args, Subcommand, ValueEnum};
use interdict_app::Service;
use interdict_auth::{BuiltinIssuer, SealKeys};
use interdict_http::metrics::Metrics;
use interdict_model::Timestamp;
use interdict_model::clock::Clock as _;
use interdict_model::key::SharedKey;
use interdict_store::Store;
use serde::{Deserialize, Serialize};

use super::app::operate::app_failure;
use super::operators;
use super::output::{self, Output, row};
use super::serve::opening::{started, store_failure};
use crate::config::{LogFlags, StoreLocation, StorePlace};
use crate::data_dir::DataDir;
use crate::failure::Failure;
use crate::logging::{self, LogLevel};
use crate::system::{self, SystemClock};

/// What to do with keys.
#[derive(Debug, Subcommand)]
pub(crate) enum KeysCommand {
    /// List the keys that the nodes share, without their secrets
    List {
        #[command(flatten)]
        common: Common,
    },
    /// Make a new key; every node uses it within seconds
    Rotate {
        #[command(flatten)]
        common: Common,
        /// Which key
        #[arg(value_name = "KIND", value_enum)]
        kind: Kind,
        /// Refuse from now on what earlier keys of the kind have signed
        #[arg(long)]
        revoke: bool,
    },
}

/// What every `keys` command takes.
#[derive(Args, Debug)]
pub(crate) struct Common {
    #[command(flatten)]
    store: StorePlace,
    /// Form of the answer on stdout
    #[arg(long, value_name = "FORM", value_enum, default_value = "table")]
    output: Output,
}

/// A kind of key, as operators say it.
#[derive(Clone, Copy, Debug, Deserialize, Serialize, ValueEnum)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Kind {
    /// Signs the built-in issuer's tokens.
    Issuer,
    /// Seals journals.
    Seal,
    /// Authenticates the continuations of lists.
    SkipToken,
}

/// What is asked; one JSON line on the socket.
#[derive(Clone, Copy, Debug, Deserialize, Serialize)]
#[serde(tag = "keys", rename_all = "camelCase", deny_unknown_fields)]
pub(crate) enum KeysRequest {
    List,
    Rotate { kind: Kind, revoke: bool },
}

/// The answer: every key of the store.
#[derive(Debug, Deserialize, Serialize)]
pub(crate) struct KeysReply {
    keys: Vec<KeyView>,
}

/// A key as operators see it.
#[derive(Debug, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
struct KeyView {
    kind: String,
    id: String,
    #[serde(rename = "createdDateTime")]
    created: Option<Timestamp>,
    #[serde(rename = "revokedDateTime")]
    revoked: Option<Timestamp>,
}

/// Who can make keys: a server's parts, or those of this process.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Keyring<'a> {
    pub(crate) service: &'a Service,
    pub(crate) issuer: Option<&'a BuiltinIssuer>,
    pub(crate) seal: Option<&'a SealKeys>,
}

/// Carries out a `keys` command.
pub(crate) fn run(command: &KeysCommand, log: LogFlags) -> Result<(), Failure> {
    logging::start(log.log_format.unwrap_or_default(), log.log_level.unwrap_or(LogLevel::Warn));
    let (common, request) = match command {
        KeysCommand::List { common } => (common, KeysRequest::List),
        KeysCommand::Rotate { common, kind, revoke } => {
            (common, KeysRequest::Rotate { kind: *kind, revoke: *revoke })
        }
    };
    let location = StoreLocation::load(&common.store)?;
    let dir = DataDir::at(&location.data_dir);
    let reply = super::runtime()?.block_on(ask(&location, &dir, request))?;
    show(&reply, common.output)
}

async fn ask(location: &StoreLocation, dir: &DataDir, request: KeysRequest) -> Result<KeysReply, Failure> {
    if let Some(reply) = operators::ask(&dir.socket(), &operators::Request::Keys(request)).await? {
        return Ok(reply);
    }
    let issuer = existing(&dir.issuer_key(), |file| BuiltinIssuer::load_or_create(file, None))?;
    let seal = existing(&dir.seal_key(), SealKeys::load_or_create)?;
    let opened = Store::open(&location.options, system::birth()).await;
    let (store, writers) = opened.map_err(|error| store_failure(&error))?;
    let service = started(&store, writers, Arc::new(Metrics::default()));
    let ring = Keyring { service: &service, issuer: issuer.as_ref(), seal: seal.as_ref() };
    let reply = match ring.share_own().await {
        Ok(()) => ring.operate(request).await,
        Err(failure) => Err(failure),
    };
    // Into the files.
    let adopted = ring.adopt().await;
    service.stop().await;
    adopted.and(reply)
}

/// A key of this data directory, where it has it.
fn existing<T>(
    file: &std::path::Path,
    load: impl FnOnce(&std::path::Path) -> std::io::Result<T>,
) -> Result<Option<T>, Failure> {
    let unusable = |error| Failure::failed(format!("cannot use the key `{}`: {error}", file.display()));
    if file.exists() { load(file).map(Some).map_err(unusable) } else { Ok(None) }
}

impl Keyring<'_> {
    /// Carries out `request`.
    pub(crate) async fn operate(self, request: KeysRequest) -> Result<KeysReply, Failure> {
        if let KeysRequest::Rotate { kind, revoke } = request {
            let now = SystemClock.now();
            let mut keys = vec![self.next(kind, now)?];
            if revoke {
                let kind = keys.first().map(|next| next.kind);
                let known = self.known().await?;
                let has_first = known.iter().any(|key| key.id == self.service.first_skip_token_key().id);
                let first = (!has_first).then(|| self.service.first_skip_token_key());
                let earlier = known.into_iter().chain(first);
                let earlier = earlier.filter(|key| Some(key.kind) == kind && key.revoked.is_none());
                keys.extend(earlier.map(|key| SharedKey { revoked: Some(now), ..key }));
            }
            self.service.share_keys(keys).await.map_err(|error| app_failure(&error))?;
        }
        Ok(KeysReply { keys: self.known().await?.into_iter().map(view).collect() })
    }

    fn next(self, kind: Kind, now: Timestamp) -> Result<SharedKey, Failure> {
        let without = |what: &str| {
            Failure::failed(format!("this node has no {what} that a new one could follow"))
                .hint("ask a node that has it")
        };
        let made = match kind {
            Kind::Issuer => self.issuer.ok_or_else(|| without("issuer key"))?.next_key(now),
            Kind::Seal => self.seal.ok_or_else(|| without("seal key"))?.next_key(now),
            Kind::SkipToken => {
                return self.service.next_skip_token_key(now).map_err(|error| app_failure(&error));
            }
        };
        made.map_err(|error| Failure::failed(format!("cannot make a key: {error}")))
    }

    async fn known(self) -> Result<Vec<SharedKey>, Failure> {
        self.service.shared_keys().await.map_err(|error| app_failure(&error))
    }

    /// Has the store keep what everybody may know of this node's own keys.
    pub(crate) async fn share_own(self) -> Result<(), Failure> {
        let known = self.known().await?;
        let own = self.issuer.map(BuiltinIssuer::keys).transpose();
        let own = own.map_err(|error| Failure::failed(format!("cannot use the issuer key: {error}")))?;
        let own = own.into_iter().flatten().chain(self.seal.map(SealKeys::shared));
        let unknown = own.filter(|own| known.iter().all(|key| (key.kind, &key.id) != (own.kind, &own.id)));
        let unknown: Vec<_> = unknown.collect();
        if unknown.is_empty() {
            return Ok(());
        }
        self.service.share_keys(unknown).await.map_err(|error| app_failure(&error))
    }

    /// Takes over what other nodes made. Whether the issuer's keys are others now: that counts whatever becomes of the seal
    /// key, which is no reason to accept what is revoked.
    pub(crate) async fn adopt(self) -> Result<bool, Failure> {
        let known = self.known().await?;
        if let Some(Err(error)) = self.seal.map(|seal| seal.adopt(&known)) {
            tracing::warn!(%error, "the new seal key cannot be taken over");
        }
        let issued = self.issuer.map_or(Ok(false), |issuer| issuer.adopt(&known));
        issued.map_err(|error| Failure::failed(format!("cannot take over the new issuer key: {error}")))
    }
}

fn view(key: SharedKey) -> KeyView {
    KeyView {
        kind: key.kind.name().to_owned(),
        id: key.id,
        // Of some it is not known.
        created: (key.created.ticks() > 0).then_some(key.created),
        revoked: key.revoked,
    }
}

fn show(reply: &KeysReply, output: Output) -> Result<(), Failure> {
    output::show(output, reply, |reply| {
        let heading = row(["KIND", "ID", "MADE", "REVOKED"]);
        let instant = |at: Option<Timestamp>| at.map_or_else(|| "-".to_owned(), |at| at.to_string());
        let row = |key: &KeyView| {
            vec![key.kind.clone(), key.id.clone(), instant(key.created), instant(key.revoked)]
        };
        std::iter::once(heading).chain(reply.keys.iter().map(row)).collect()
    })
}

#[cfg(test)]
mod tests {
    use interdict_model::key::KeyKind;

    use super::*;

    #[test]
    fn every_kind_can_be_said() {
        let said: Vec<_> = Kind::value_variants().iter().filter_map(ValueEnum::to_possible_value).collect();
        let names: Vec<_> = said.iter().map(clap::builder::PossibleValue::get_name).collect();
        assert_eq!(names, KeyKind::ALL.map(KeyKind::name));
    }
}
