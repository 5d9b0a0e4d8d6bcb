//! External issuers, as `[[issuer]]` configures them.

use serde::Deserialize;

/// One `[[issuer]]` of the configuration.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct IssuerConfig {
    /// `iss`, compared byte for byte; `{tenantid}` binds it to `tid`.
    pub issuer: String,
    /// `aud`: any of these.
    pub audiences: Vec<String>,
    /// Where its key set is.
    #[serde(default)]
    pub jwks_uri: Option<String>,
    /// Where its discovery document is; without this and `jwks_uri`, under the issuer.
    #[serde(default)]
    pub discovery: Option<String>,
    /// Signature algorithms that are accepted.
    pub algorithms: Vec<Algorithm>,
    /// Tenants that it may assert.
    #[serde(default)]
    pub tenants: Vec<uuid::Uuid>,
    /// Whether it may assert any tenant; must be said outright.
    #[serde(default)]
    pub any_tenant: bool,
    /// The tenant of issuers whose tokens have no `tid`.
    #[serde(default)]
    pub tenant: Option<uuid::Uuid>,
    /// The names of its claims.
    #[serde(default)]
    pub claims: ClaimNames,
}

/// Signature algorithms that a configuration may name. Never `none`, never HMAC.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[expect(missing_docs, reason = "the names of RFC 7518 and RFC 8037")]
pub enum Algorithm {
    RS256,
    RS384,
    RS512,
    PS256,
    ES256,
    ES384,
    EdDSA,
}

/// The names of an issuer's claims; lists are tried in order.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ClaimNames {
    /// Who the user is, never changing.
    pub subject: Vec<String>,
    /// The tenant.
    pub tenant: String,
    /// Application permissions.
    pub roles: String,
    /// Delegated permissions.
    pub scopes: String,
    /// The client application.
    pub app: Vec<String>,
    /// The user's name.
    pub user: Vec<String>,
}

impl Default for ClaimNames {
    fn default() -> Self {
        let names = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        Self {
            subject: names(&["oid", "sub"]),
            tenant: "tid".to_owned(),
            roles: "roles".to_owned(),
            scopes: "scp".to_owned(),
            app: names(&["azp", "appid"]),
            user: names(&["preferred_username", "upn"]),
        }
    }
}
