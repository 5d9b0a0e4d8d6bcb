//! Why a command is refused: outcomes that a caller can act on.

use thiserror::Error;

/// A refused command. Nothing was written.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum Refusal {
    /// There is no such action in the caller's tenant; "missing" and "not yours" look alike.
    #[error("resource `{0}` does not exist")]
    NotFound(String),
    /// `If-Match` named another version.
    #[error("the action has changed since the version named in `If-Match`")]
    PreconditionFailed,
    /// The body is wrong; each fault names its member.
    #[error("{}", first_message(.0))]
    Invalid(Vec<Fault>),
    /// The request contradicts what is stored.
    #[error("{}", .0.message)]
    Conflict(Fault),
    /// The idempotency key was used by this app with another body.
    #[error("this app has sent another body with the same `Idempotency-Key`")]
    KeyReused,
    /// A guard rail forbids it.
    #[error("{}", .0.message)]
    Forbidden(Fault),
}

fn first_message(faults: &[Fault]) -> &str {
    faults.first().map_or("the request is not valid", |fault| &fault.message)
}

/// One fault of a body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// What kind of fault.
    pub code: FaultCode,
    /// The member, as a path such as `parameters[1]/name`; empty where it is the whole body.
    pub target: String,
    /// What is wrong and how to mend it.
    pub message: String,
}

impl Fault {
    /// A fault at `target`.
    pub fn new(code: FaultCode, target: impl Into<String>, message: impl Into<String>) -> Self {
        Self { code, target: target.into(), message: message.into() }
    }
}

/// The kinds of fault, as `details[].code` names them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum FaultCode {
    /// Not JSON, or a member given twice.
    InvalidJson,
    /// A member that the type does not have.
    UnknownProperty,
    /// A value of the wrong type.
    TypeMismatch,
    /// A value of the right type that is not allowed.
    InvalidValue,
    /// A member that must be there.
    Required,
    /// Over a limit of length or count.
    TooLong,
    /// A server-kept member with a differing value, under `Prefer: handling=strict`.
    ReadOnly,
    /// A status change that is not allowed.
    InvalidTransition,
    /// A member that can no longer be changed.
    Immutable,
    /// The action is not finished.
    NotFinal,
    /// The action is finished.
    AlreadyFinal,
    /// The `clientContext` was used by this app with another body.
    ContextReused,
    /// The id is taken.
    AlreadyExists,
    /// Only the action's provider says where it stands.
    NotTheProvider,
    /// The lease is not the newest of its action.
    LeaseLost,
    /// The action has no effect to undo or extend.
    NoEffect,
    /// The action has an effect in force.
    HoldsEffect,
    /// Something still depends on it.
    InUse,
    /// A protected target.
    ProtectedTarget,
    /// What guard rails look at, by somebody who does not keep them.
    GuardRail,
    /// An action that is to have the same effect is there already.
    Duplicate,
    /// Approval is asked of somebody else, or for something else.
    NotApprovable,
    /// Others must agree to it first.
    NeedsApproval,
    /// The provider or the tenant is paused, or the provider is switched off.
    Paused,
    /// It is not to be begun now.
    NotReady,
}

impl FaultCode {
    /// The name on the wire.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::InvalidJson => "invalidJson",
            Self::UnknownProperty => "unknownProperty",
            Self::TypeMismatch => "typeMismatch",
            Self::InvalidValue => "invalidValue",
            Self::Required => "required",
            Self::TooLong => "tooLong",
            Self::ReadOnly => "readOnly",
            Self::InvalidTransition => "invalidTransition",
            Self::Immutable => "immutable",
            Self::NotFinal => "notFinal",
            Self::AlreadyFinal => "alreadyFinal",
            Self::ContextReused => "contextReused",
            Self::AlreadyExists => "alreadyExists",
            Self::NotTheProvider => "notTheProvider",
            Self::LeaseLost => "leaseLost",
            Self::NoEffect => "noEffect",
            Self::HoldsEffect => "holdsEffect",
            Self::InUse => "inUse",
            Self::ProtectedTarget => "protectedTarget",
            Self::GuardRail => "guardRail",
            Self::Duplicate => "duplicate",
            Self::NotApprovable => "notApprovable",
            Self::NeedsApproval => "needsApproval",
            Self::Paused => "paused",
            Self::NotReady => "notReady",
        }
    }
}
