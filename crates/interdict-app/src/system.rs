//! The server as an actor: what it does of its own accord, or for an operator.

use interdict_model::{Actor, Permissions, TenantId, TenantScope};

/// The server itself, in a tenant. It needs no permission, since nothing that a caller says leads here.
pub(crate) fn actor(tenant: TenantId) -> Actor {
    Actor { scope: TenantScope::system(tenant), app: None, user: None, permissions: Permissions::default() }
}
