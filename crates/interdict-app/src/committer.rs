//! The committer: every waiting command in one durable transaction.

/// Told about every commit, for metrics.
pub trait CommitObserver: Send + Sync + std::fmt::Debug {
    /// A batch of `commands` was committed in `seconds`, its write-ahead log holding `wal_pages` afterwards.
    fn committed(&self, commands: usize, seconds: f64, wal_pages: u64);
    /// A batch could not be committed.
    fn failed(&self, commands: usize);
}
