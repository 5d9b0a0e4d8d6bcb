//! External issuers, as `[[issuer]]` configures them.

use serde::{Deserialize, Deserializer};
use uuid::Uuid;

use crate::{Algorithm, address};

/// What stands for the tenant in [`IssuerConfig::issuer`].
pub(crate) const TENANT_MARK: &str = "{tenantid}";

/// One `[[issuer]]` of the configuration. What is read from a file has been validated.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, remote = "Self")]
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
    pub tenants: Vec<Uuid>,
    /// Whether it may assert any tenant; must be said outright.
    #[serde(default)]
    pub any_tenant: bool,
    /// The tenant of issuers whose tokens have no `tid`.
    #[serde(default)]
    pub tenant: Option<Uuid>,
    /// The names of its claims.
    #[serde(default)]
    pub claims: ClaimNames,
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

/// What is wrong with an `[[issuer]]`.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("issuer `{issuer}`: `{key}` {fault}")]
pub struct IssuerFault {
    /// The issuer as it is configured.
    pub issuer: String,
    /// The key at fault.
    pub key: &'static str,
    /// What is wrong with its value.
    pub fault: &'static str,
}

impl<'de> Deserialize<'de> for IssuerConfig {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        // The derived reader, which `remote` keeps apart from the trait.
        let config = Self::deserialize(deserializer)?;
        config.validate().map_err(serde::de::Error::custom)?;
        Ok(config)
    }
}

/// Where an issuer's keys are found.
#[derive(Clone, Debug)]
pub(crate) enum KeySource {
    Jwks(reqwest::Url),
    Discovery(reqwest::Url),
}

impl IssuerConfig {
    /// Checks what the types cannot: addresses, and that audiences, algorithms and tenants are said.
    ///
    /// # Errors
    /// The first key that is at fault.
    pub fn validate(&self) -> Result<(), IssuerFault> {
        let fault = |key, fault| Err(IssuerFault { issuer: self.issuer.clone(), key, fault });
        if self.issuer.is_empty() || self.issuer.matches(TENANT_MARK).count() > 1 {
            return fault("issuer", "must name an issuer, with at most one `{tenantid}`");
        }
        if self.issuer.starts_with("http:")
            && let Err(what) = address::read(&self.issuer)
        {
            return fault("issuer", what);
        }
        if self.audiences.is_empty() || self.audiences.iter().any(String::is_empty) {
            return fault("audiences", "must name at least one audience, and none may be empty");
        }
        if self.algorithms.is_empty() {
            return fault("algorithms", "must name at least one algorithm");
        }
        match (self.tenants.is_empty(), self.any_tenant, self.tenant.is_some()) {
            (false, false, false) | (true, true, false) | (true, false, true) => {}
            (true, false, false) => {
                return fault("tenants", "is missing: give `tenants`, or `tenant`, or `any_tenant = true`");
            }
            _ => {
                return fault(
                    "tenants",
                    "cannot stand beside `tenant` or `any_tenant`: give one of the three",
                );
            }
        }
        let names = &self.claims;
        let lists = [&names.subject, &names.app, &names.user];
        if lists.iter().any(|list| list.is_empty() || list.iter().any(String::is_empty))
            || [&names.tenant, &names.roles, &names.scopes].iter().any(|name| name.is_empty())
        {
            return fault("claims", "must give every claim a name");
        }
        self.key_source().map(|_| ())
    }

    /// Where the keys are, by configuration or beside the issuer.
    pub(crate) fn key_source(&self) -> Result<KeySource, IssuerFault> {
        let fault = |key, fault| IssuerFault { issuer: self.issuer.clone(), key, fault };
        match (&self.jwks_uri, &self.discovery) {
            (Some(_), Some(_)) => {
                Err(fault("discovery", "cannot stand beside `jwks_uri`: give one of the two"))
            }
            (Some(jwks_uri), None) => {
                address::read(jwks_uri).map(KeySource::Jwks).map_err(|what| fault("jwks_uri", what))
            }
            (None, Some(discovery)) => {
                address::read(discovery).map(KeySource::Discovery).map_err(|what| fault("discovery", what))
            }
            (None, None) => {
                let issuer = match (self.issuer.contains(TENANT_MARK), &self.tenant, self.tenants.as_slice())
                {
                    (false, _, _) => self.issuer.clone(),
                    (true, Some(tenant), _) | (true, None, [tenant]) => {
                        self.issuer.replace(TENANT_MARK, &tenant.to_string())
                    }
                    (true, None, _) => {
                        let what = "has a `{tenantid}` for several tenants: give `jwks_uri` or `discovery`";
                        return Err(fault("issuer", what));
                    }
                };
                let text = format!("{}/.well-known/openid-configuration", issuer.trim_end_matches('/'));
                address::read(&text).map(KeySource::Discovery).map_err(|what| fault("issuer", what))
            }
        }
    }
}
