//! The built-in issuer: its signing key, its tokens, its documents.

use std::path::Path;

use interdict_model::{AppId, TenantId, Timestamp};
use secrecy::SecretString;

/// The audience of the built-in issuer's tokens.
pub const AUDIENCE: &str = "api://interdict";

/// The built-in issuer.
#[derive(Debug)]
pub struct BuiltinIssuer {}

/// A token to mint.
#[derive(Clone, Debug)]
pub struct TokenRequest {
    /// The tenant, `tid`.
    pub tenant: TenantId,
    /// The client application, `azp`.
    pub app: AppId,
    /// Application permissions, `roles`.
    pub roles: Vec<String>,
    /// Delegated permissions, `scp`.
    pub scopes: Vec<String>,
    /// The signed-in user's name, `preferred_username`.
    pub user: Option<String>,
    /// Lifetime in seconds.
    pub expires_in: u32,
}

impl BuiltinIssuer {
    /// Loads the key file (mode 0600), making it where it is not there. `public_url` is the base of `iss`; without
    /// it `iss` is `https://interdict.invalid/{tenant}/v2.0`.
    ///
    /// # Errors
    /// Where the file cannot be read, made, or is no key.
    pub fn load_or_create(_key_file: &Path, _public_url: Option<&str>) -> std::io::Result<Self> {
        todo!()
    }

    /// Mints a token.
    ///
    /// # Errors
    /// Where signing fails.
    pub fn mint(&self, _request: &TokenRequest, _now: Timestamp) -> std::io::Result<SecretString> {
        todo!()
    }

    /// The JWKS document.
    #[must_use]
    pub fn jwks(&self) -> serde_json::Value {
        todo!()
    }

    /// The OpenID discovery document of `tenant`, its addresses under `base_url` (the host that was asked).
    #[must_use]
    pub fn discovery(&self, _tenant: &str, _base_url: &str) -> serde_json::Value {
        todo!()
    }
}

/// A new client secret (256 random bits, base64url) and its stored hash (SHA-256, base64).
#[must_use]
pub fn new_client_secret() -> (SecretString, String) {
    todo!()
}

/// Whether `secret` is the one of `stored_hash`, in constant time.
#[must_use]
pub fn verify_client_secret(_secret: &str, _stored_hash: &str) -> bool {
    todo!()
}
