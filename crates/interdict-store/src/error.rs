//! Why the store could not do something: outcomes that a caller can act on.

/// A failure of the store.
#[derive(Clone, Debug, thiserror::Error)]
pub enum StoreError {
    /// The disk is full. Nothing was written; writes resume when there is space.
    #[error("the disk is full: {0}")]
    NoSpace(String),
    /// The store cannot be used now. Nothing was written.
    #[error("the store is not available: {0}")]
    Unavailable(String),
    /// Other writers were in the way. Nothing was written; the same may succeed when it is decided anew.
    #[error("another writer was in the way: {0}")]
    Conflict(String),
    /// Everything was written, but nothing confirmed it: whether it lasts is not known.
    #[error("a commit was not confirmed: {0}")]
    OutcomeUnknown(String),
    /// A read, or a write before it was committed, took longer than its deadline. Nothing was written.
    #[error("the deadline passed before the store answered")]
    Deadline,
    /// What is stored is not what this version writes.
    #[error("the store is damaged: {0}")]
    Corrupt(String),
    /// The store cannot be opened as it is: another process holds it, or it is foreign.
    #[error("{0}")]
    Refused(String),
    /// This program, or how it is configured, does not fit this store.
    #[error("{0}")]
    Unfit(String),
}
