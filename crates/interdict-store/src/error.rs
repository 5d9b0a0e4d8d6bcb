//! Why the store could not do something: outcomes that a caller can act on.

/// A failure of the store.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The disk is full. Nothing was written; writes resume when there is space.
    #[error("the disk is full: {0}")]
    NoSpace(String),
    /// The store cannot be used now. Nothing was written.
    #[error("the store is not available: {0}")]
    Unavailable(String),
    /// Everything was written, but the disk did not confirm it: a power loss decides.
    #[error("the disk did not confirm a commit: {0}")]
    OutcomeUnknown(String),
    /// A read took longer than its deadline.
    #[error("the deadline passed before the store answered")]
    Deadline,
    /// What is stored is not what this version writes.
    #[error("the store is damaged: {0}")]
    Corrupt(String),
    /// The store cannot be opened as it is: another process holds it, or it is foreign or of a newer version.
    #[error("{0}")]
    Refused(String),
}
