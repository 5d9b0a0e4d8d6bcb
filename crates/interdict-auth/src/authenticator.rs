//! The authenticator: every configured issuer behind one door, and a bounded cache of verified tokens.

use std::sync::Arc;

use interdict_model::{Actor, Timestamp};

use crate::{AuthError, BuiltinIssuer, IssuerConfig};

/// Verifies bearer tokens.
#[derive(Debug)]
pub struct Authenticator {}

impl Authenticator {
    /// An authenticator for these issuers. `skew_seconds` is the clock skew that is forgiven.
    #[must_use]
    pub fn new(_builtin: Option<Arc<BuiltinIssuer>>, _external: Vec<IssuerConfig>, _skew_seconds: u32) -> Self {
        todo!()
    }

    /// The actor of a token that was verified before and is still valid; costs one hash.
    #[must_use]
    pub fn cached(&self, _token: &str, _now: Timestamp) -> Option<Arc<Actor>> {
        todo!()
    }

    /// Verifies a token, from the cache where it can.
    ///
    /// # Errors
    /// See [`AuthError`].
    pub async fn authenticate(&self, _token: &str, _now: Timestamp) -> Result<Arc<Actor>, AuthError> {
        todo!()
    }

    /// Cache hits and misses so far.
    #[must_use]
    pub fn cache_counts(&self) -> (u64, u64) {
        todo!()
    }

    /// Fetches the key sets of every external issuer again, at an operator's word.
    pub async fn reload_keys(&self) {
        todo!()
    }
}
