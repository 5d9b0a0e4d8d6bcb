//! Every endpoint of the native face: its method, its address, and who may call it.

use interdict_model::Permission;

/// One endpoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Endpoint {
    /// `GET /api/v1/audit`
    Audit,
    /// `GET /api/v1/audit/seals`
    Seals,
    /// `GET /api/v1/actions`
    Actions,
    /// `GET /api/v1/actions/{id}`
    Action,
    /// `GET /api/v1/actions/{id}/timeline`
    Timeline,
    /// `POST /api/v1/actions/{id}/cancel`
    Cancel,
    /// `POST /api/v1/actions/{id}/undo`
    Undo,
    /// `POST /api/v1/actions/{id}/extend`
    Extend,
    /// `POST /api/v1/actions/{id}/approve`
    Approve,
    /// `POST /api/v1/actions/{id}/reject`
    Reject,
    /// `GET /api/v1/approval-rules`
    ApprovalRules,
    /// `POST /api/v1/approval-rules`
    CreateApprovalRule,
    /// `GET /api/v1/approval-rules/{id}`
    ApprovalRule,
    /// `PUT /api/v1/approval-rules/{id}`
    UpdateApprovalRule,
    /// `DELETE /api/v1/approval-rules/{id}`
    DeleteApprovalRule,
    /// `POST /api/v1/bulk/cancel`
    BulkCancel,
    /// `POST /api/v1/bulk/undo`
    BulkUndo,
    /// `GET /api/v1/effects`
    Effects,
    /// `GET /api/v1/catalog`
    Catalog,
    /// `POST /api/v1/catalog`
    CreateDefinition,
    /// `GET /api/v1/catalog/{name}`
    Definition,
    /// `PUT /api/v1/catalog/{name}`
    UpdateDefinition,
    /// `DELETE /api/v1/catalog/{name}`
    DeleteDefinition,
    /// `GET /api/v1/providers`
    Providers,
    /// `POST /api/v1/providers`
    CreateProvider,
    /// `GET /api/v1/providers/{id}`
    Provider,
    /// `PATCH /api/v1/providers/{id}`
    UpdateProvider,
    /// `DELETE /api/v1/providers/{id}`
    DeleteProvider,
    /// `POST /api/v1/providers/{id}/pause`
    PauseProvider,
    /// `POST /api/v1/providers/{id}/resume`
    ResumeProvider,
    /// `GET /api/v1/providers/{id}/effects`
    ProviderEffects,
    /// `POST /api/v1/providers/{id}/leases`
    Lease,
    /// `POST /api/v1/leases/{leaseId}/renew`
    Renew,
    /// `POST /api/v1/leases/{leaseId}/complete`
    Complete,
    /// `POST /api/v1/leases/{leaseId}/fail`
    Fail,
    /// `POST /api/v1/leases/{leaseId}/release`
    Release,
    /// `GET /api/v1/protected-targets`
    ProtectedTargets,
    /// `POST /api/v1/protected-targets`
    CreateProtectedTarget,
    /// `GET /api/v1/protected-targets/{id}`
    ProtectedTarget,
    /// `PUT /api/v1/protected-targets/{id}`
    UpdateProtectedTarget,
    /// `DELETE /api/v1/protected-targets/{id}`
    DeleteProtectedTarget,
    /// `GET /api/v1/tenant`
    Tenant,
    /// `PATCH /api/v1/tenant`
    UpdateTenant,
    /// `POST /api/v1/tenant/pause`
    PauseTenant,
    /// `POST /api/v1/tenant/resume`
    ResumeTenant,
    /// `POST /api/v1/tenant/confirm-restore`
    ConfirmRestore,
}

/// What every endpoint is: method, address, permissions of which any one opens it.
type Row = (&'static str, &'static [&'static str], &'static [Permission]);

const READ: &[Permission] = &[Permission::ActionsRead, Permission::ActionsReadWrite];
const WRITE: &[Permission] = &[Permission::ActionsReadWrite];
const APPROVE: &[Permission] = &[Permission::ActionsApprove];
const EXECUTE: &[Permission] = &[Permission::ActionsExecute];
const SET_PROVIDERS: &[Permission] = &[Permission::ProvidersReadWrite];
const GUARD: &[Permission] = &[Permission::GuardrailsReadWrite];
const AUDIT: &[Permission] = &[Permission::AuditRead];
/// Whoever works with providers may see what is set up.
const SEE: &[Permission] = &[
    Permission::ActionsRead,
    Permission::ActionsReadWrite,
    Permission::ActionsExecute,
    Permission::ProvidersReadWrite,
    Permission::GuardrailsReadWrite,
];

impl Endpoint {
    /// Every endpoint.
    pub const ALL: [Self; 46] = [
        Self::Audit,
        Self::Seals,
        Self::Actions,
        Self::Action,
        Self::Timeline,
        Self::Cancel,
        Self::Undo,
        Self::Extend,
        Self::Approve,
        Self::Reject,
        Self::ApprovalRules,
        Self::CreateApprovalRule,
        Self::ApprovalRule,
        Self::UpdateApprovalRule,
        Self::DeleteApprovalRule,
        Self::BulkCancel,
        Self::BulkUndo,
        Self::Effects,
        Self::Catalog,
        Self::CreateDefinition,
        Self::Definition,
        Self::UpdateDefinition,
        Self::DeleteDefinition,
        Self::Providers,
        Self::CreateProvider,
        Self::Provider,
        Self::UpdateProvider,
        Self::DeleteProvider,
        Self::PauseProvider,
        Self::ResumeProvider,
        Self::ProviderEffects,
        Self::Lease,
        Self::Renew,
        Self::Complete,
        Self::Fail,
        Self::Release,
        Self::ProtectedTargets,
        Self::CreateProtectedTarget,
        Self::ProtectedTarget,
        Self::UpdateProtectedTarget,
        Self::DeleteProtectedTarget,
        Self::Tenant,
        Self::UpdateTenant,
        Self::PauseTenant,
        Self::ResumeTenant,
        Self::ConfirmRestore,
    ];

    const fn row(self) -> Row {
        match self {
            Self::Audit => ("GET", &["/api/v1/audit"], AUDIT),
            Self::Seals => ("GET", &["/api/v1/audit/seals"], AUDIT),
            Self::Actions => ("GET", &["/api/v1/actions"], READ),
            Self::Action => ("GET", &["/api/v1/actions/{id}"], READ),
            Self::Timeline => ("GET", &["/api/v1/actions/{id}/timeline"], READ),
            Self::Cancel => ("POST", &["/api/v1/actions/{id}/cancel"], WRITE),
            Self::Undo => ("POST", &["/api/v1/actions/{id}/undo"], WRITE),
            Self::Extend => ("POST", &["/api/v1/actions/{id}/extend"], WRITE),
            Self::Approve => ("POST", &["/api/v1/actions/{id}/approve"], APPROVE),
            Self::Reject => ("POST", &["/api/v1/actions/{id}/reject"], APPROVE),
            Self::ApprovalRules => ("GET", &["/api/v1/approval-rules"], SEE),
            Self::CreateApprovalRule => ("POST", &["/api/v1/approval-rules"], GUARD),
            Self::ApprovalRule => ("GET", &["/api/v1/approval-rules/{id}"], SEE),
            Self::UpdateApprovalRule => ("PUT", &["/api/v1/approval-rules/{id}"], GUARD),
            Self::DeleteApprovalRule => ("DELETE", &["/api/v1/approval-rules/{id}"], GUARD),
            Self::BulkCancel => ("POST", &["/api/v1/bulk/cancel"], WRITE),
            Self::BulkUndo => ("POST", &["/api/v1/bulk/undo"], WRITE),
            Self::Effects => ("GET", &["/api/v1/effects"], READ),
            Self::Catalog => ("GET", &["/api/v1/catalog"], SEE),
            Self::CreateDefinition => ("POST", &["/api/v1/catalog"], SET_PROVIDERS),
            Self::Definition => ("GET", &["/api/v1/catalog/{name}"], SEE),
            Self::UpdateDefinition => ("PUT", &["/api/v1/catalog/{name}"], SET_PROVIDERS),
            Self::DeleteDefinition => ("DELETE", &["/api/v1/catalog/{name}"], SET_PROVIDERS),
            Self::Providers => ("GET", &["/api/v1/providers"], SEE),
            Self::CreateProvider => ("POST", &["/api/v1/providers"], SET_PROVIDERS),
            Self::Provider => ("GET", &["/api/v1/providers/{id}"], SEE),
            Self::UpdateProvider => ("PATCH", &["/api/v1/providers/{id}"], SET_PROVIDERS),
            Self::DeleteProvider => ("DELETE", &["/api/v1/providers/{id}"], SET_PROVIDERS),
            Self::PauseProvider => ("POST", &["/api/v1/providers/{id}/pause"], GUARD),
            Self::ResumeProvider => ("POST", &["/api/v1/providers/{id}/resume"], GUARD),
            Self::ProviderEffects => ("GET", &["/api/v1/providers/{id}/effects"], SEE),
            Self::Lease => ("POST", &["/api/v1/providers/{id}/leases"], EXECUTE),
            Self::Renew => ("POST", &["/api/v1/leases/{leaseId}/renew"], EXECUTE),
            Self::Complete => ("POST", &["/api/v1/leases/{leaseId}/complete"], EXECUTE),
            Self::Fail => ("POST", &["/api/v1/leases/{leaseId}/fail"], EXECUTE),
            Self::Release => ("POST", &["/api/v1/leases/{leaseId}/release"], EXECUTE),
            Self::ProtectedTargets => ("GET", &["/api/v1/protected-targets"], SEE),
            Self::CreateProtectedTarget => ("POST", &["/api/v1/protected-targets"], GUARD),
            Self::ProtectedTarget => ("GET", &["/api/v1/protected-targets/{id}"], SEE),
            Self::UpdateProtectedTarget => ("PUT", &["/api/v1/protected-targets/{id}"], GUARD),
            Self::DeleteProtectedTarget => ("DELETE", &["/api/v1/protected-targets/{id}"], GUARD),
            Self::Tenant => ("GET", &["/api/v1/tenant"], SEE),
            Self::UpdateTenant => ("PATCH", &["/api/v1/tenant"], GUARD),
            Self::PauseTenant => ("POST", &["/api/v1/tenant/pause"], GUARD),
            Self::ResumeTenant => ("POST", &["/api/v1/tenant/resume"], GUARD),
            Self::ConfirmRestore => ("POST", &["/api/v1/tenant/confirm-restore"], GUARD),
        }
    }

    /// The method.
    #[must_use]
    pub const fn method(self) -> &'static str {
        self.row().0
    }

    /// The address, with names for what varies; metrics and logs name the route by it.
    #[must_use]
    pub const fn template(self) -> &'static str {
        match self.forms() {
            [first, ..] => first,
            [] => "",
        }
    }

    /// Every form of the address, the template first.
    #[must_use]
    pub const fn forms(self) -> &'static [&'static str] {
        self.row().1
    }

    /// The permissions of which any one opens the endpoint. The use cases check them; the coverage test holds
    /// them to this.
    #[must_use]
    pub const fn permissions(self) -> &'static [Permission] {
        self.row().2
    }
}
