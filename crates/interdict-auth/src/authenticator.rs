//! The authenticator: every configured issuer behind one door, and a bounded cache of verified tokens.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock};

use arc_swap::ArcSwap;
use aws_lc_rs::digest;
use interdict_model::{Actor, AppId, TenantId, Timestamp};
use quick_cache::sync::Cache;

use crate::external::IssuerConfig;
use crate::fetch::Fetcher;
use crate::jwk::KeySet;
use crate::remote_keys::{RemoteKeys, State};
use crate::rules::{self, IssuerName, Rules, Tenants, Verified};
use crate::strict::StrictObject;
use crate::token::Token;
use crate::{AuthError, BuiltinIssuer};

/// How many verified tokens are remembered; about 3 MB.
const REMEMBERED: usize = 10_000;

/// Verifies bearer tokens.
#[derive(Debug)]
pub struct Authenticator {
    issuers: Vec<Issuer>,
    skew: i64,
    cache: Cache<Digest, Remembered>,
    /// What [`RemoteKeys::generation`] was when a token was verified tells whether its key may be gone.
    generation: Arc<AtomicU64>,
    /// Apps of the built-in issuer that were removed, and when.
    removed: RwLock<HashMap<(TenantId, AppId), Timestamp>>,
    hits: AtomicU64,
    misses: AtomicU64,
}

/// SHA-256 of a token. The token itself is not kept.
type Digest = [u8; 32];

#[derive(Clone, Debug)]
struct Remembered {
    verified: Verified,
    generation: u64,
}

#[derive(Debug)]
struct Issuer {
    rules: Rules,
    keys: Keys,
}

#[derive(Debug)]
enum Keys {
    Own(Arc<ArcSwap<KeySet>>),
    Remote(Arc<RemoteKeys>),
}

impl Authenticator {
    /// An authenticator for these issuers. `skew_seconds` is the clock skew that is forgiven.
    ///
    /// An issuer that does not pass [`IssuerConfig::validate`] is left out, and its tokens are refused; those read
    /// from a file have passed.
    #[must_use]
    pub fn new(builtin: Option<Arc<BuiltinIssuer>>, external: Vec<IssuerConfig>, skew_seconds: u32) -> Self {
        let skew = i64::from(skew_seconds);
        let generation = Arc::new(AtomicU64::new(0));
        let fetcher = Arc::new(Fetcher::default());
        let own = builtin
            .map(|builtin| Issuer { rules: builtin.rules(skew), keys: Keys::Own(builtin.public_keys()) });
        let others = external.into_iter().filter_map(|config| {
            Issuer::external(config, skew, &fetcher, &generation)
                .inspect_err(|fault| tracing::error!(%fault, "an issuer is left out"))
                .ok()
        });
        Self {
            issuers: own.into_iter().chain(others).collect(),
            skew,
            cache: Cache::new(REMEMBERED),
            generation,
            removed: RwLock::default(),
            hits: AtomicU64::new(0),
            misses: AtomicU64::new(0),
        }
    }

    /// The actor of a token that was verified before and is still valid; costs one hash.
    #[must_use]
    pub fn cached(&self, token: &str, now: Timestamp) -> Option<Arc<Actor>> {
        self.recall(&digest_of(token), now)
    }

    /// Verifies a token, from the cache where it can.
    ///
    /// # Errors
    /// See [`AuthError`].
    pub async fn authenticate(&self, token: &str, now: Timestamp) -> Result<Arc<Actor>, AuthError> {
        let digest = digest_of(token);
        if let Some(actor) = self.recall(&digest, now) {
            return Ok(actor);
        }
        self.misses.fetch_add(1, Ordering::Relaxed);
        // Read before the keys: a key that is taken back meanwhile makes the entry stale.
        let generation = self.generation.load(Ordering::Acquire);
        let token = Token::parse(token)?;
        let issuer = self.issuer_of(&token.claims).ok_or(AuthError::Invalid("`iss` is no issuer of ours"))?;
        let claims = issuer.decode(&token, now).await?;
        let verified = issuer.rules.judge(&claims, now)?;
        if matches!(issuer.keys, Keys::Own(_)) && self.is_removed(&verified) {
            return Err(AuthError::Invalid("the app that the token was given to was removed"));
        }
        let actor = Arc::clone(&verified.actor);
        self.cache.insert(digest, Remembered { verified, generation });
        Ok(actor)
    }

    /// Refuses from here on what the built-in issuer gave to an app before it was removed.
    pub fn remove_app(&self, tenant: TenantId, app: AppId, at: Timestamp) {
        let mut removed = self.removed.write().unwrap_or_else(PoisonError::into_inner);
        if removed.insert((tenant, app), at) != Some(at) {
            drop(removed);
            self.forget();
        }
    }

    /// Has every token verified anew: a key may be gone.
    pub fn forget(&self) {
        self.generation.fetch_add(1, Ordering::AcqRel);
    }

    fn is_removed(&self, verified: &Verified) -> bool {
        let actor = &verified.actor;
        let Some(app) = &actor.app else { return false };
        let removed = self.removed.read().unwrap_or_else(PoisonError::into_inner);
        removed.get(&(actor.tenant(), app.clone())).is_some_and(|at| verified.not_before <= at.unix_seconds())
    }

    /// Cache hits and misses so far. A miss is a token that had to be verified.
    #[must_use]
    pub fn cache_counts(&self) -> (u64, u64) {
        (self.hits.load(Ordering::Relaxed), self.misses.load(Ordering::Relaxed))
    }

    /// Fetches the key sets of every external issuer again, at an operator's word.
    pub async fn reload_keys(&self, now: Timestamp) {
        for issuer in &self.issuers {
            if let Keys::Remote(keys) = &issuer.keys {
                keys.reload(now).await;
            }
        }
    }

    fn recall(&self, digest: &Digest, now: Timestamp) -> Option<Arc<Actor>> {
        let Remembered { verified, generation } = self.cache.get(digest)?;
        let fresh = generation == self.generation.load(Ordering::Acquire)
            && rules::is_current(verified.not_before, verified.expires, now, self.skew);
        fresh.then(|| {
            self.hits.fetch_add(1, Ordering::Relaxed);
            verified.actor
        })
    }

    /// The issuer that is to judge a token, by its unverified `iss`. Of several entries for one issuer, the one that
    /// may assert the token's tenant.
    fn issuer_of(&self, claims: &StrictObject) -> Option<&Issuer> {
        let mut candidates = self.issuers.iter().filter(|issuer| issuer.rules.recognise(claims));
        let first = candidates.next()?;
        if first.rules.admits(claims) {
            return Some(first);
        }
        Some(candidates.find(|issuer| issuer.rules.admits(claims)).unwrap_or(first))
    }
}

impl Issuer {
    fn external(
        config: IssuerConfig,
        skew: i64,
        fetcher: &Arc<Fetcher>,
        generation: &Arc<AtomicU64>,
    ) -> Result<Self, crate::IssuerFault> {
        config.validate()?;
        let source = config.key_source()?;
        let tenants = match config.tenant {
            Some(tenant) => Tenants::Fixed(TenantId(tenant)),
            None if config.any_tenant => Tenants::Any,
            None => Tenants::Listed(config.tenants.into_iter().map(TenantId).collect()),
        };
        let issuer = IssuerName::new(config.issuer);
        let keys = RemoteKeys {
            issuer: issuer.clone(),
            source,
            algorithms: config.algorithms,
            fetcher: Arc::clone(fetcher),
            generation: Arc::clone(generation),
            state: State::default(),
        };
        let rules = Rules {
            issuers: vec![issuer],
            audiences: config.audiences,
            tenants,
            claims: config.claims,
            skew,
        };
        Ok(Self { rules, keys: Keys::Remote(Arc::new(keys)) })
    }

    async fn decode(&self, token: &Token<'_>, now: Timestamp) -> Result<StrictObject, AuthError> {
        let kid = token.kid.as_deref();
        let keys = match &self.keys {
            Keys::Own(keys) => keys.load_full(),
            Keys::Remote(keys) => keys.with(kid, now).await?,
        };
        keys.decode(token.text, kid, self.rules.expected(&token.claims, now))
    }
}

fn digest_of(token: &str) -> Digest {
    let mut digest = [0; 32];
    for (to, from) in digest.iter_mut().zip(digest::digest(&digest::SHA256, token.as_bytes()).as_ref()) {
        *to = *from;
    }
    digest
}
