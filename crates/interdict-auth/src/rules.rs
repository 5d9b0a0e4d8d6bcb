//! What an issuer may say, and what its claims mean: from the claims of a token whose signature holds to an actor.
//! The registered claims are the JWT library's to check, as far as it does ([`Rules::expected`]).
//!
//! A token is delegated where `scp` is there and app-only otherwise; the two claims are never merged.

use std::sync::Arc;

use interdict_model::actor::User;
use interdict_model::{Actor, AppId, Permission, Permissions, TenantId, TenantScope, Timestamp};
use jsonwebtoken::Validation;
use serde_json::Value;
use uuid::{Uuid, uuid};

use crate::{AuthError, external::ClaimNames, external::TENANT_MARK, strict::StrictObject};

/// The tenant of personal Microsoft accounts.
const PERSONAL_ACCOUNTS: Uuid = uuid!("9188040d-6c67-4c5b-b112-36a304b66dad");

/// Claims of ID tokens (OpenID Connect Core 2 and 3.3.2.11), which say who signed in and grant nothing.
const ID_TOKEN_CLAIMS: [&str; 3] = ["nonce", "at_hash", "c_hash"];

/// The longest name of an app or user, in bytes.
const LONGEST_NAME: usize = 256;

/// What one issuer may say.
#[derive(Debug)]
pub(crate) struct Rules {
    /// The values of `iss` that are this issuer's.
    pub(crate) issuers: Vec<IssuerName>,
    pub(crate) audiences: Vec<String>,
    pub(crate) tenants: Tenants,
    pub(crate) claims: ClaimNames,
    /// Seconds of clock skew that are forgiven.
    pub(crate) skew: i64,
}

/// An `iss`, compared byte for byte, with at most one place for the tenant.
#[derive(Clone, Debug)]
pub(crate) struct IssuerName(String);

/// The tenants that an issuer may assert.
#[derive(Debug)]
pub(crate) enum Tenants {
    Any,
    Listed(Vec<TenantId>),
    /// The tenant of an issuer whose tokens name none.
    Fixed(TenantId),
}

/// An actor and the seconds since 1970 between which its token holds, skew not counted.
#[derive(Clone, Debug)]
pub(crate) struct Verified {
    pub(crate) actor: Arc<Actor>,
    pub(crate) not_before: i64,
    pub(crate) expires: i64,
}

impl IssuerName {
    pub(crate) const fn new(name: String) -> Self {
        Self(name)
    }

    /// Whether `iss` is this issuer, for whatever tenant.
    fn matches(&self, iss: &str) -> bool {
        let Some((before, after)) = self.0.split_once(TENANT_MARK) else {
            return iss == self.0;
        };
        let tenant = iss.strip_prefix(before).and_then(|rest| rest.strip_suffix(after));
        tenant.is_some_and(|text| TenantId::parse(text).is_some_and(|tenant| tenant.to_string() == text))
    }

    /// The `iss` of this issuer's tokens for a tenant.
    fn of(&self, tenant: &str) -> String {
        self.0.replace(TENANT_MARK, tenant)
    }

    /// Whether a discovery document of this `issuer` is this issuer's. Documents for every tenant name the form.
    pub(crate) fn is_document_of(&self, issuer: &str) -> bool {
        issuer == self.0 || self.matches(issuer)
    }
}

impl Rules {
    /// Whether a token with these unverified claims is for this issuer to judge.
    pub(crate) fn recognise(&self, claims: &StrictObject) -> bool {
        let iss = claims.text("iss").ok().flatten().unwrap_or_default();
        self.issuers.iter().any(|name| name.matches(iss))
    }

    /// Whether the tenant that these unverified claims name is one that this issuer may assert.
    pub(crate) fn admits(&self, claims: &StrictObject) -> bool {
        self.tenants.allow(self.tenant_of(claims))
    }

    fn tenant_of(&self, claims: &StrictObject) -> Option<TenantId> {
        claims.text(&self.claims.tenant).ok().flatten().and_then(TenantId::parse)
    }

    /// What the library is to hold a token with these unverified claims to. `iss` must be the one of the tenant that
    /// the token names, or that the configuration gives it.
    pub(crate) fn expected(&self, claims: &StrictObject, now: Timestamp) -> Validation {
        let tenant = self.tenant_of(claims).or(self.tenants.fixed());
        // No issuer has an `iss` for no tenant.
        let tenant = tenant.map(|tenant| tenant.to_string()).unwrap_or_default();
        let issuers: Vec<_> = self.issuers.iter().map(|name| name.of(&tenant)).collect();
        let mut expected = Validation::default();
        // None is right until a key names its own.
        expected.algorithms.clear();
        expected.set_required_spec_claims(&["exp", "iss", "aud"]);
        expected.set_issuer(&issuers);
        expected.set_audience(&self.audiences);
        expected.validate_nbf = true;
        // The library reads the machine's clock, we are told the time. Where the two differ, as in tests, its check
        // is as much wider; `judge` is exact.
        let machine = jsonwebtoken::get_current_timestamp();
        let apart = now.unix_seconds().abs_diff(machine.cast_signed());
        expected.leeway = apart.saturating_add(self.skew.unsigned_abs()).min(machine);
        expected
    }

    /// Judges claims whose signature holds and that are as [expected](Self::expected).
    pub(crate) fn judge(&self, claims: &StrictObject, now: Timestamp) -> Result<Verified, AuthError> {
        if ID_TOKEN_CLAIMS.iter().any(|name| claims.has(name)) {
            return Err(AuthError::Invalid("an ID token is no access token"));
        }

        let expires = seconds(claims, "exp")?.ok_or(AuthError::Invalid("`exp` is missing"))?;
        let not_before = seconds(claims, "nbf")?.unwrap_or(i64::MIN);
        let issued = seconds(claims, "iat")?.unwrap_or(i64::MIN);
        // Issued later than now is not valid yet, whatever `nbf` says.
        let not_before = not_before.max(issued);
        if !is_current(not_before, expires, now, self.skew) {
            return Err(AuthError::Lifetime);
        }

        let tenant = self.judge_tenant(claims)?;
        let actor = Arc::new(self.actor(claims, tenant)?);
        Ok(Verified { actor, not_before, expires })
    }

    fn judge_tenant(&self, claims: &StrictObject) -> Result<TenantId, AuthError> {
        let claimed = match text(claims, &self.claims.tenant)? {
            Some(tid) => Some(TenantId::parse(tid).ok_or(AuthError::Invalid("`tid` is no GUID"))?),
            None => None,
        };
        if claimed.is_some_and(|tenant| tenant.0 == PERSONAL_ACCOUNTS) {
            return Err(AuthError::PersonalAccount);
        }
        if !self.tenants.allow(claimed) {
            return Err(AuthError::Invalid("the issuer may not assert that tenant"));
        }
        claimed.or(self.tenants.fixed()).ok_or(AuthError::Invalid("`tid` is missing"))
    }

    fn actor(&self, claims: &StrictObject, tenant: TenantId) -> Result<Actor, AuthError> {
        let names = &self.claims;
        let app = first_name(claims, &names.app)?.map(|app| AppId(app.into()));
        let scope = TenantScope::authenticated(tenant);
        if let Some(scopes) = claims.get(&names.scopes) {
            if claims.get("idtyp").is_some_and(|kind| kind == "app") {
                return Err(AuthError::Invalid("`scp` is there, but `idtyp` is `app`"));
            }
            let permissions = granted(scopes)?;
            let id = first_name(claims, &names.subject)?.ok_or(AuthError::Invalid("the user is missing"))?;
            let name = first_name(claims, &names.user)?.map(Arc::from);
            return Ok(Actor { scope, app, user: Some(User { id: id.into(), name }), permissions });
        }
        let roles = claims.get(&names.roles).ok_or(AuthError::NoPermissions)?;
        // Entra puts roles into ID tokens too; those name no client application.
        if app.is_none() {
            return Err(AuthError::Invalid("the client application is missing"));
        }
        if claims.get("idtyp").is_some_and(|kind| kind != "app") {
            return Err(AuthError::Invalid("`idtyp` is not `app` where there is no `scp`"));
        }
        let granted = granted(roles)?;
        // A person approves, never an app.
        let for_apps = |it: &Permission| *it != Permission::ActionsApprove && granted.has(*it);
        let permissions = Permission::ALL.into_iter().filter(for_apps).collect();
        Ok(Actor { scope, app, user: None, permissions })
    }
}

impl Tenants {
    const fn fixed(&self) -> Option<TenantId> {
        if let Self::Fixed(tenant) = self { Some(*tenant) } else { None }
    }

    fn allow(&self, claimed: Option<TenantId>) -> bool {
        match (self, claimed) {
            (Self::Any, claimed) => claimed.is_some(),
            (Self::Listed(tenants), claimed) => claimed.is_some_and(|tenant| tenants.contains(&tenant)),
            (Self::Fixed(tenant), claimed) => claimed.is_none_or(|claimed| claimed == *tenant),
        }
    }
}

/// Whether `now` is within a lifetime, both ends widened by the skew.
pub(crate) fn is_current(not_before: i64, expires: i64, now: Timestamp, skew: i64) -> bool {
    let now = now.unix_seconds();
    now < expires.saturating_add(skew) && now >= not_before.saturating_sub(skew)
}

/// The permissions in a claim: words in one text, or a list of texts. Names that we do not know grant nothing.
fn granted(claim: &Value) -> Result<Permissions, AuthError> {
    const FAULT: AuthError = AuthError::Invalid("permissions are neither text nor a list of texts");
    match claim {
        Value::String(words) => Ok(words.split(' ').filter_map(Permission::from_name).collect()),
        Value::Array(items) => {
            let names = items.iter().map(|item| item.as_str().ok_or(FAULT));
            let names = names.collect::<Result<Vec<_>, _>>()?;
            Ok(names.into_iter().filter_map(Permission::from_name).collect())
        }
        _ => Err(FAULT),
    }
}

fn text<'a>(claims: &'a StrictObject, name: &str) -> Result<Option<&'a str>, AuthError> {
    claims.text(name).map_err(|_| AuthError::Invalid("a claim that must be text is not"))
}

/// The first of these claims that is there. Names are stored and shown, so they are short and printable.
fn first_name<'a>(claims: &'a StrictObject, names: &[String]) -> Result<Option<&'a str>, AuthError> {
    let Some(name) = names.iter().find(|name| claims.has(name)) else { return Ok(None) };
    let value = text(claims, name)?.unwrap_or_default();
    if value.is_empty() || value.len() > LONGEST_NAME || value.chars().any(char::is_control) {
        return Err(AuthError::Invalid("a name is empty, too long or not printable"));
    }
    Ok(Some(value))
}

/// Whole seconds since 1970. RFC 7519 would allow fractions; no issuer writes them, and a second spelling of the same
/// number is a second way to be misread.
fn seconds(claims: &StrictObject, name: &str) -> Result<Option<i64>, AuthError> {
    let whole = |value: &Value| value.as_i64().ok_or(AuthError::Invalid("a time is not a whole number"));
    claims.get(name).map(whole).transpose()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use super::*;

    #[test]
    fn the_library_is_told_to_check_every_registered_claim() {
        const TENANT: &str = "aaaaaaaa-1111-4222-8333-bbbbbbbbbbbb";
        let rules = Rules {
            issuers: vec![IssuerName::new("https://issuer.example/{tenantid}/v2.0".to_owned())],
            audiences: vec!["api://interdict".to_owned()],
            tenants: Tenants::Any,
            claims: ClaimNames::default(),
            skew: 60,
        };
        let claims = StrictObject::parse(format!(r#"{{"tid":"{TENANT}"}}"#).as_bytes()).unwrap();
        let machine = jsonwebtoken::get_current_timestamp();
        let at = |seconds: u64| Timestamp::default().plus_seconds(seconds.cast_signed());

        let expected = rules.expected(&claims, at(machine));
        assert!(expected.validate_exp && expected.validate_nbf && expected.validate_aud);
        assert!(["exp", "iss", "aud"].iter().all(|name| expected.required_spec_claims.contains(*name)));
        assert_eq!(
            expected.iss.unwrap().into_iter().collect::<Vec<_>>(),
            [format!("https://issuer.example/{TENANT}/v2.0")]
        );
        assert_eq!(expected.aud.unwrap().into_iter().collect::<Vec<_>>(), rules.audiences);
        assert!(expected.algorithms.is_empty());
        // The machine's second may end in between.
        assert!((60..=61).contains(&expected.leeway), "{}", expected.leeway);

        // The library takes the leeway from the machine's time, which must not fall below zero.
        assert!((machine..machine + 2).contains(&rules.expected(&claims, at(0)).leeway));
    }
}
