//! The built-in issuer: its tokens and its documents. They have the form of Entra's v2.0 tokens, so that clients and
//! this server alike need to know one form.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arc_swap::ArcSwap;
use aws_lc_rs::digest;
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use interdict_model::key::SharedKey;
use interdict_model::{AppId, TenantId, TenantScope, Timestamp};
use secrecy::SecretString;
use serde::Serialize;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::client_secret::random;
use crate::external::{ClaimNames, TENANT_MARK};
use crate::jwk::KeySet;
use crate::rules::{IssuerName, Rules, Tenants};

mod key_file;
mod ring;

use key_file::SigningKey;
use ring::Ring;

/// The audience of the built-in issuer's tokens.
pub const AUDIENCE: &str = "api://interdict";

/// The base of `iss` where no public URL is configured: a name that nobody can own (RFC 2606).
const NO_PUBLIC_URL: &str = "https://interdict.invalid";

/// The built-in issuer.
#[derive(Debug)]
pub struct BuiltinIssuer {
    file: PathBuf,
    ring: ArcSwap<Ring>,
    /// What tokens are verified with.
    public_keys: Arc<ArcSwap<KeySet>>,
    /// The base of `iss`, without a slash at its end.
    base: String,
}

/// A token to mint.
#[derive(Clone, Debug)]
pub struct TokenRequest {
    /// The tenant, `tid`.
    pub tenant: TenantId,
    /// The client application, `azp`.
    pub app: AppId,
    /// Application permissions, `roles`.
    pub roles: Vec<String>,
    /// Delegated permissions, `scp`. Where there are any, the token is a user's and `user` must be given.
    pub scopes: Vec<String>,
    /// The signed-in user's name, `preferred_username`.
    pub user: Option<String>,
    /// Lifetime in seconds.
    pub expires_in: u32,
}

/// The claims of an Entra v2.0 access token.
#[derive(Serialize)]
struct Claims<'a> {
    aud: &'a str,
    iss: String,
    iat: i64,
    nbf: i64,
    exp: i64,
    azp: &'a AppId,
    azpacr: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    idtyp: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<&'a str>,
    oid: Uuid,
    #[serde(skip_serializing_if = "Option::is_none")]
    preferred_username: Option<&'a str>,
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    roles: &'a [String],
    #[serde(skip_serializing_if = "Option::is_none")]
    scp: Option<String>,
    sub: Uuid,
    tid: TenantId,
    uti: String,
    ver: &'a str,
}

/// The scope in which the token endpoint looks up the client that says it is of `tenant`. The lookup itself, with the
/// client's secret, is the authentication: nothing else may be read in this scope.
#[must_use]
pub const fn client_scope(tenant: TenantId) -> TenantScope {
    TenantScope::authenticated(tenant)
}

impl BuiltinIssuer {
    /// Loads the key file (mode 0600), making it where it is not there. `public_url` is the base of `iss`; without
    /// it `iss` is `https://interdict.invalid/{tenant}/v2.0`.
    ///
    /// # Errors
    /// Where the file cannot be read, made, or is no key.
    pub fn load_or_create(key_file: &Path, public_url: Option<&str>) -> io::Result<Self> {
        let keys = key_file::load_or_create(key_file)?.into_iter().map(Arc::new).collect();
        let ring = Ring::new(keys)?;
        if ring.is_empty() {
            return Err(fault("no key is in the file"));
        }
        let base = public_url.unwrap_or(NO_PUBLIC_URL).trim_end_matches('/').to_owned();
        let public_keys = Arc::new(ArcSwap::new(Arc::clone(&ring.verifying)));
        Ok(Self { file: key_file.to_owned(), ring: ArcSwap::from_pointee(ring), public_keys, base })
    }

    /// What the store keeps of the keys that this node has, the oldest first. Their ids are thumbprints (RFC 7638).
    ///
    /// # Errors
    /// Where a key has no public form.
    pub fn keys(&self) -> io::Result<Vec<SharedKey>> {
        self.ring.load().keys().map(SigningKey::shared).collect()
    }

    /// A new key for every node, encrypted to the newest one that this node has.
    ///
    /// # Errors
    /// Where none can be made.
    pub fn next_key(&self, now: Timestamp) -> io::Result<SharedKey> {
        self.ring.load().next(now)
    }

    /// Takes over what the nodes share: new keys come, revoked ones go. Whether anything was new. The file follows where it
    /// can be written; where it cannot, the keys are opened anew at each start.
    ///
    /// # Errors
    /// Where every key is revoked and none that follows can be opened: from then on no token is accepted or made.
    pub fn adopt(&self, shared: &[SharedKey]) -> io::Result<bool> {
        let Some(ring) = self.ring.load().with(shared)? else { return Ok(false) };
        let is_empty = ring.is_empty();
        // An older key of the file may open what is sent next.
        if !is_empty && let Err(error) = key_file::replace(&self.file, ring.keys()) {
            tracing::warn!(file = %self.file.display(), %error, "the new issuer keys are not in the file");
        }
        self.public_keys.store(Arc::clone(&ring.verifying));
        self.ring.store(Arc::new(ring));
        if is_empty {
            return Err(fault(
                "every key of this node is revoked; copy `issuer-key.json` from a node that serves",
            ));
        }
        Ok(true)
    }

    /// Mints a token.
    ///
    /// # Errors
    /// Where scopes are asked for without a user, or signing fails.
    pub fn mint(&self, request: &TokenRequest, now: Timestamp) -> io::Result<SecretString> {
        let delegated = !request.scopes.is_empty();
        let user = request.user.as_deref().filter(|_| delegated);
        if delegated && user.is_none() {
            return Err(io::Error::new(io::ErrorKind::InvalidInput, "scopes are a user's: name the user"));
        }
        let tenant = request.tenant;
        // Names of users differ in case from client to client; the id must not.
        let oid = match user {
            Some(user) => stable_id(tenant, "user", &user.to_lowercase()),
            None => stable_id(tenant, "app", &request.app.0),
        };
        let ring = self.ring.load();
        let key = ring.signing(now)?;
        let now = now.unix_seconds();
        let claims = Claims {
            aud: AUDIENCE,
            iss: self.issuer(tenant),
            iat: now,
            nbf: now,
            exp: now.saturating_add(i64::from(request.expires_in)),
            azp: &request.app,
            azpacr: "1",
            idtyp: (!delegated).then_some("app"),
            name: user,
            oid,
            preferred_username: user,
            roles: &request.roles,
            scp: delegated.then(|| request.scopes.join(" ")),
            sub: oid,
            tid: tenant,
            uti: URL_SAFE_NO_PAD.encode(random::<16>()),
            ver: "2.0",
        };
        key.sign(&claims).map(SecretString::from)
    }

    /// The JWKS document.
    #[must_use]
    pub fn jwks(&self) -> Value {
        json!(self.ring.load().published)
    }

    /// The OpenID discovery document of `tenant`, its addresses under `base_url` (the host that was asked).
    ///
    /// Its `issuer` is under the same host, because Microsoft's client libraries refuse an issuer that does not belong
    /// to the authority that they asked. They do not read the tokens' `iss`.
    #[must_use]
    pub fn discovery(&self, tenant: &str, base_url: &str) -> Value {
        let base = base_url.trim_end_matches('/');
        json!({
            "issuer": format!("{base}/{tenant}/v2.0"),
            "authorization_endpoint": format!("{base}/{tenant}/oauth2/v2.0/authorize"),
            "token_endpoint": format!("{base}/{tenant}/oauth2/v2.0/token"),
            "jwks_uri": format!("{base}/{tenant}/discovery/v2.0/keys"),
            "response_types_supported": ["token"],
            "grant_types_supported": ["client_credentials"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["RS256"],
            "token_endpoint_auth_methods_supported": ["client_secret_post", "client_secret_basic"],
        })
    }

    /// What the built-in issuer may say: anything, with one audience. Tokens that `interdict token` minted without
    /// knowing the public URL are this issuer's too.
    pub(crate) fn rules(&self, skew: i64) -> Rules {
        let name = |base: &str| IssuerName::new(format!("{base}/{TENANT_MARK}/v2.0"));
        Rules {
            issuers: vec![name(&self.base), name(NO_PUBLIC_URL)],
            audiences: vec![AUDIENCE.to_owned()],
            tenants: Tenants::Any,
            claims: ClaimNames::default(),
            skew,
        }
    }

    pub(crate) fn public_keys(&self) -> Arc<ArcSwap<KeySet>> {
        Arc::clone(&self.public_keys)
    }

    fn issuer(&self, tenant: TenantId) -> String {
        format!("{}/{tenant}/v2.0", self.base)
    }
}

/// An id that the same tenant, kind and name always have: a UUID of version 8 out of their SHA-256.
fn stable_id(tenant: TenantId, kind: &str, name: &str) -> Uuid {
    let hash = digest::digest(&digest::SHA256, format!("{tenant}\n{kind}\n{name}").as_bytes());
    let mut bytes = [0; 16];
    for (to, from) in bytes.iter_mut().zip(hash.as_ref()) {
        *to = *from;
    }
    uuid::Builder::from_custom_bytes(bytes).into_uuid()
}

fn fault(what: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, what.to_owned())
}
