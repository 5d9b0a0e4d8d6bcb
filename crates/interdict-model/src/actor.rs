//! Who makes a request, in which tenant, and what they may do.

use std::sync::Arc;

use serde::Serialize;

use crate::view::IdempotencyKey;
use crate::{AppId, TenantId};

/// A right, as an application role (`roles`) or a delegated scope (`scp`) of the same name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Permission {
    /// Read actions, catalog, events.
    ActionsRead,
    /// Also create, update, cancel, delete.
    ActionsReadWrite,
    /// Lease, renew, complete, fail: the provider's role.
    ActionsExecute,
    /// Approve and reject; delegated only.
    ActionsApprove,
    /// Write server-kept properties and history.
    ActionsProvenance,
    /// Providers and catalog.
    ProvidersReadWrite,
    /// Protected targets, approval rules, pause.
    GuardrailsReadWrite,
    /// Journal and seals.
    AuditRead,
}

impl Permission {
    /// Every permission, in the order of the documentation.
    pub const ALL: [Self; 8] = [
        Self::ActionsRead,
        Self::ActionsReadWrite,
        Self::ActionsExecute,
        Self::ActionsApprove,
        Self::ActionsProvenance,
        Self::ProvidersReadWrite,
        Self::GuardrailsReadWrite,
        Self::AuditRead,
    ];

    /// The name in tokens.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::ActionsRead => "SecurityActions.Read.All",
            Self::ActionsReadWrite => "SecurityActions.ReadWrite.All",
            Self::ActionsExecute => "SecurityActions.Execute.All",
            Self::ActionsApprove => "SecurityActions.Approve.All",
            Self::ActionsProvenance => "SecurityActions.Provenance.All",
            Self::ProvidersReadWrite => "SecurityProviders.ReadWrite.All",
            Self::GuardrailsReadWrite => "SecurityGuardrails.ReadWrite.All",
            Self::AuditRead => "AuditLog.Read.All",
        }
    }

    /// The permission of that name; names are compared byte for byte.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|permission| permission.name() == name)
    }

    const fn bit(self) -> u16 {
        1 << self as u16
    }
}

/// A set of permissions. They add up.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Permissions(u16);

impl Permissions {
    /// This set with `permission` in it.
    #[must_use]
    pub const fn with(self, permission: Permission) -> Self {
        Self(self.0 | permission.bit())
    }

    /// Whether `permission` is in the set.
    #[must_use]
    pub const fn has(self, permission: Permission) -> bool {
        self.0 & permission.bit() != 0
    }

    /// Whether any of `permissions` is in the set.
    #[must_use]
    pub fn has_any(self, permissions: &[Permission]) -> bool {
        permissions.iter().any(|permission| self.has(*permission))
    }
}

impl FromIterator<Permission> for Permissions {
    fn from_iter<I: IntoIterator<Item = Permission>>(permissions: I) -> Self {
        permissions.into_iter().fold(Self::default(), Self::with)
    }
}

/// The right to see one tenant's rows. Every read and every command carries one.
///
/// `cargo xtask tidy` allows [`TenantScope::authenticated`] in the token verifier alone and [`TenantScope::system`]
/// in the files that act for the server itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct TenantScope(TenantId);

impl TenantScope {
    /// The tenant of a verified token.
    #[must_use]
    pub const fn authenticated(tenant: TenantId) -> Self {
        Self(tenant)
    }

    /// A tenant that the server itself acts in (operator commands, timers).
    #[must_use]
    pub const fn system(tenant: TenantId) -> Self {
        Self(tenant)
    }

    /// The tenant.
    #[must_use]
    pub const fn tenant(&self) -> TenantId {
        self.0
    }
}

/// Who made a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Actor {
    /// The tenant that the request may see.
    pub scope: TenantScope,
    /// The client application, or `None` for the operator at the machine.
    pub app: Option<AppId>,
    /// The signed-in user of a delegated token.
    pub user: Option<User>,
    /// What the token grants.
    pub permissions: Permissions,
}

/// The signed-in user of a delegated token.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct User {
    /// `oid` or `sub`: never changes, decides.
    pub id: Arc<str>,
    /// `upn` or `preferred_username`: may change, only shown.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<Arc<str>>,
}

impl Actor {
    /// The tenant of the request.
    #[must_use]
    pub const fn tenant(&self) -> TenantId {
        self.scope.tenant()
    }

    /// The name to show in `user` and in history entries.
    #[must_use]
    pub fn user_name(&self) -> Option<&str> {
        self.user.as_ref()?.name.as_deref()
    }

    /// Whether the caller may write what the server otherwise keeps.
    #[must_use]
    pub const fn writes_provenance(&self) -> bool {
        self.permissions.has(Permission::ActionsProvenance)
    }

    /// What a repeated filing of this app is found by; an operator has none.
    #[must_use]
    pub fn idempotency_key(&self, key: &str) -> Option<IdempotencyKey> {
        Some(IdempotencyKey { tenant: self.tenant(), app: self.app.clone()?, key: key.to_owned() })
    }

    /// The actor as the journal stores it: `{"app":…,"user":{"id":…,"name":…}}`, absent members left out; an
    /// operator's entry is `{"operator":true}`.
    #[must_use]
    pub fn journal_text(&self) -> String {
        #[derive(Serialize)]
        struct Text<'a> {
            #[serde(skip_serializing_if = "Option::is_none")]
            app: Option<&'a str>,
            #[serde(skip_serializing_if = "Option::is_none")]
            user: Option<&'a User>,
            #[serde(skip_serializing_if = "std::ops::Not::not")]
            operator: bool,
        }
        let text = Text {
            app: self.app.as_ref().map(|app| &*app.0),
            user: self.user.as_ref(),
            operator: self.app.is_none() && self.user.is_none(),
        };
        // Strings and a bool: cannot fail to serialise.
        serde_json::to_string(&text).unwrap_or_default()
    }
}
