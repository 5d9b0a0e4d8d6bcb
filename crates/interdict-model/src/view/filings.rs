//! Filings that may be repeated: by `clientContext`, or by an idempotency key.

use std::sync::Arc;

use crate::action::SecurityAction;
use crate::body::ActionBody;
use crate::{ActionId, Actor, AppId, TenantId, Timestamp};

/// The uniqueness key of a filing: `clientContext` within an app and tenant.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct FilingKey {
    /// The tenant.
    pub tenant: TenantId,
    /// The filing app.
    pub app: AppId,
    /// `clientContext` as filed.
    pub context: String,
}

impl FilingKey {
    /// The key of this body when `actor` files it; `None` without a `clientContext` (an empty one is none).
    #[must_use]
    pub fn of(actor: &Actor, body: &ActionBody) -> Option<Self> {
        let original = body.app_id.value().filter(|_| actor.writes_provenance());
        let original = original.map(|app| AppId(app.as_str().into()));
        Some(Self {
            tenant: actor.tenant(),
            app: original.or_else(|| actor.app.clone())?,
            context: body.client_context.value().filter(|context| !context.is_empty())?.clone(),
        })
    }

    /// The key of an action as it was filed.
    #[must_use]
    pub fn of_filed(tenant: TenantId, action: &SecurityAction) -> Option<Self> {
        Some(Self {
            tenant,
            app: AppId(action.app_id.as_deref()?.into()),
            context: action.client_context.as_ref().filter(|context| !context.is_empty())?.clone(),
        })
    }
}

/// A filing that carried a `clientContext`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Filing {
    /// The action it made.
    pub action: ActionId,
    /// SHA-256 of the body's meaning.
    pub digest: [u8; 32],
}

/// What a client repeats a filing by.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct IdempotencyKey {
    /// The tenant.
    pub tenant: TenantId,
    /// The filing app.
    pub app: AppId,
    /// The key as the client gave it.
    pub key: String,
}

/// A filing that came with an idempotency key, and how it was answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answered {
    /// SHA-256 of the request's body.
    pub digest: [u8; 32],
    /// When.
    pub at: Timestamp,
    /// The action that it made.
    pub action: ActionId,
    /// The journal sequence by which it was answered.
    pub sequence: i64,
    /// The action as it was answered, and how it was to be carried out.
    pub document: Arc<str>,
}
