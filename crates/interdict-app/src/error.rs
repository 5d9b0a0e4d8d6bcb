//! Why a use case did not happen.

use interdict_model::{Permission, Refusal};
use interdict_odata::QueryError;
use interdict_store::StoreError;

/// Why a use case did not happen. Nothing was written, except where [`Error::OutcomeUnknown`] says so.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The caller lacks a permission; any one of these would do.
    #[error("the caller lacks a permission")]
    Denied(&'static [Permission]),
    /// The rules say no.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// A query option is wrong.
    #[error("the query is not valid")]
    Query(Vec<QueryError>),
    /// What a token of changes goes on from is not known any more, by the name of the option: the store was restored, the
    /// journal pruned, or the token's key revoked, since it was made. All must be read anew.
    #[error("the state of the token is gone")]
    Resync(&'static str),
    /// Too many commands wait, or the store took too long; nothing happened.
    #[error("the service is busy")]
    Busy,
    /// The store cannot be used now; nothing happened.
    #[error("the store is not available")]
    Unavailable(String),
    /// The disk is full; nothing happened.
    #[error("the disk is full")]
    NoSpace,
    /// The commit's answer was lost.
    #[error("the outcome is unknown")]
    OutcomeUnknown,
    /// A fault of ours.
    #[error("internal error: {0}")]
    Internal(String),
}

/// What a failure of the store means to the caller of a use case.
impl From<&StoreError> for Error {
    fn from(error: &StoreError) -> Self {
        match error {
            StoreError::NoSpace(_) => Self::NoSpace,
            StoreError::Unavailable(cause) | StoreError::Refused(cause) | StoreError::Unfit(cause) => {
                Self::Unavailable(cause.clone())
            }
            StoreError::OutcomeUnknown(_) => Self::OutcomeUnknown,
            StoreError::Deadline | StoreError::Conflict(_) => Self::Busy,
            StoreError::Corrupt(cause) => Self::Internal(cause.clone()),
        }
    }
}

impl From<StoreError> for Error {
    fn from(error: StoreError) -> Self {
        Self::from(&error)
    }
}
