//! The key set of an external issuer: fetched when first needed, again when a token names a key that is not there or
//! the set has grown old, and kept while the issuer does not answer.
//!
//! Bearers cannot drive the fetches: one runs at a time, and a token with an unknown key causes at most one a minute.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering};

use arc_swap::ArcSwapOption;
use interdict_model::{Timestamp, time::TICKS_PER_SECOND};
use reqwest::Url;
use serde::Deserialize;
use tokio::sync::Mutex;

use crate::external::KeySource;
use crate::fetch::{FetchError, Fetcher};
use crate::rules::IssuerName;
use crate::{Algorithm, AuthError, address, jwk::KeySet};

/// A set this old is fetched again, beside the requests that still use it.
const OLD: i64 = 3_600 * TICKS_PER_SECOND;
/// A set this old is not used any more: whoever holds the issuer's address back must not keep a withdrawn key alive.
const TOO_OLD: i64 = 24 * 3_600 * TICKS_PER_SECOND;
/// The least time between two fetches while there is a set, and while there is none.
const BETWEEN: i64 = 60 * TICKS_PER_SECOND;
const BETWEEN_WITHOUT_SET: i64 = 5 * TICKS_PER_SECOND;
/// No fetch has been tried.
const NEVER: i64 = i64::MIN;

/// The key set of one external issuer.
#[derive(Debug)]
pub(crate) struct RemoteKeys {
    pub(crate) issuer: IssuerName,
    pub(crate) source: KeySource,
    pub(crate) algorithms: Vec<Algorithm>,
    pub(crate) fetcher: Arc<Fetcher>,
    /// Grows whenever an issuer takes a key back, so that tokens verified before are looked at again.
    pub(crate) generation: Arc<AtomicU64>,
    pub(crate) state: State,
}

/// What has been fetched, and when.
#[derive(Debug)]
pub(crate) struct State {
    set: ArcSwapOption<KeySet>,
    /// Ticks of the last fetch that was begun.
    last: AtomicI64,
    /// Whether the last fetch failed.
    failing: AtomicBool,
    fetching: Arc<Mutex<()>>,
}

impl Default for State {
    fn default() -> Self {
        Self {
            set: ArcSwapOption::empty(),
            last: AtomicI64::new(NEVER),
            failing: AtomicBool::new(false),
            fetching: Arc::default(),
        }
    }
}

impl RemoteKeys {
    /// A set that has the key of that `kid`, fetched where it must be.
    pub(crate) async fn with(
        self: &Arc<Self>,
        kid: Option<&str>,
        now: Timestamp,
    ) -> Result<Arc<KeySet>, AuthError> {
        if let Some(set) = self.usable(now) {
            // A token that names no key cannot name a new one.
            if kid.is_none() || set.has(kid) {
                if age(&set, now) >= OLD && self.may_fetch(now) {
                    self.refresh_beside(now);
                }
                return Ok(set);
            }
        }
        self.refresh(now).await;
        let set = self.usable(now).ok_or(AuthError::IssuerUnavailable)?;
        if kid.is_none() || set.has(kid) {
            Ok(set)
        } else if self.state.failing.load(Ordering::Relaxed) {
            Err(AuthError::IssuerUnavailable)
        } else {
            Err(AuthError::Invalid("the issuer has no key of that `kid`"))
        }
    }

    /// Fetches the set now, whatever was fetched before: an operator's word.
    pub(crate) async fn reload(self: &Arc<Self>, now: Timestamp) {
        let _one_at_a_time = self.state.fetching.lock().await;
        self.fetch(now).await;
    }

    fn usable(&self, now: Timestamp) -> Option<Arc<KeySet>> {
        self.state.set.load_full().filter(|set| age(set, now) < TOO_OLD)
    }

    fn may_fetch(&self, now: Timestamp) -> bool {
        let last = self.state.last.load(Ordering::Relaxed);
        let between = if self.state.set.load().is_some() { BETWEEN } else { BETWEEN_WITHOUT_SET };
        // A clock that was set back must not stop the fetches until it has caught up.
        last == NEVER || now.ticks() < last || now.ticks().saturating_sub(last) >= between
    }

    /// Waits for a fetch that is under way, or fetches where that is due.
    async fn refresh(self: &Arc<Self>, now: Timestamp) {
        let one_at_a_time = Arc::clone(&self.state.fetching).lock_owned().await;
        if !self.may_fetch(now) {
            return;
        }
        let keys = Arc::clone(self);
        // On a task of its own: a bearer who hangs up would otherwise stop the fetch and use up its turn.
        let task = tokio::spawn(async move {
            keys.fetch(now).await;
            drop(one_at_a_time);
        });
        if task.await.is_err() {
            tracing::error!("fetching an issuer's keys ended unexpectedly");
        }
    }

    fn refresh_beside(self: &Arc<Self>, now: Timestamp) {
        let Ok(one_at_a_time) = Arc::clone(&self.state.fetching).try_lock_owned() else { return };
        let keys = Arc::clone(self);
        tokio::spawn(async move {
            keys.fetch(now).await;
            drop(one_at_a_time);
        });
    }

    async fn fetch(&self, now: Timestamp) {
        self.state.last.store(now.ticks(), Ordering::Relaxed);
        let fetched = self.download(now).await;
        self.state.failing.store(fetched.is_err(), Ordering::Relaxed);
        match fetched {
            Ok(set) => {
                let set = Arc::new(set);
                let before = self.state.set.swap(Some(Arc::clone(&set)));
                if before.is_some_and(|before| !before.is_within(&set)) {
                    self.generation.fetch_add(1, Ordering::Release);
                }
            }
            Err(error) => {
                tracing::warn!(issuer = ?self.issuer, %error, "the issuer's keys cannot be fetched; what was fetched before is kept");
            }
        }
    }

    async fn download(&self, now: Timestamp) -> Result<KeySet, FetchError> {
        let found;
        let jwks_uri = match &self.source {
            KeySource::Jwks(url) => url,
            KeySource::Discovery(url) => {
                found = self.discover(url).await?;
                &found
            }
        };
        let document = self.fetcher.get(jwks_uri).await?;
        KeySet::parse(&document, &self.algorithms, now).map_err(FetchError::Document)
    }

    async fn discover(&self, url: &Url) -> Result<Url, FetchError> {
        #[derive(Deserialize)]
        struct Document {
            issuer: String,
            jwks_uri: String,
        }
        let document: Document = serde_json::from_slice(&self.fetcher.get(url).await?)
            .map_err(|_| FetchError::Document("the answer is no discovery document"))?;
        if !self.issuer.is_document_of(&document.issuer) {
            return Err(FetchError::Document("the discovery document is another issuer's"));
        }
        let jwks_uri = address::read(&document.jwks_uri)
            .map_err(|_| FetchError::Document("the `jwks_uri` of the discovery document is not allowed"))?;
        if url.scheme() == "https" && jwks_uri.scheme() != "https" {
            return Err(FetchError::Document("the `jwks_uri` of the discovery document is not https"));
        }
        Ok(jwks_uri)
    }
}

fn age(set: &KeySet, now: Timestamp) -> i64 {
    now.ticks().saturating_sub(set.fetched.ticks())
}
