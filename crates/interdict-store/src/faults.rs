//! Seeded bugs, for tests that must find them. A build has them with the feature `faults` alone, which no release build
//! can have, and one of them at the most is armed.
//!
//! What must never be wrong is wrong here on purpose: `docs/reliability.md` says which experiment finds which.

#[cfg(all(feature = "faults", not(debug_assertions)))]
compile_error!("seeded bugs are for test builds alone");

/// Whether this build has them.
pub const BUILT_IN: bool = cfg!(feature = "faults");

/// A seeded bug.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// A request is answered before its commit.
    EarlyAnswer,
    /// `If-Match` admits every version.
    AnyVersion,
    /// On PostgreSQL the first entry of a batch is committed after the others: sequences are not in the order of commits.
    LateEntry,
    /// On PostgreSQL a commit whose answer was lost is not asked for, but made once more.
    RepeatedCommit,
    /// On PostgreSQL a commit whose answer was lost is not asked for, but said not to have happened.
    DeniedCommit,
    /// What was filed under a `clientContext` is not remembered.
    ForgottenFiling,
    /// On SQLite the last commits before a start are not on the disk, as if they had not been synced.
    UnsyncedTail,
    /// The next page of a list begins one row too late.
    SkippedRow,
    /// A report is taken for one of the newest claim, whatever fence it names.
    AnyFence,
    /// Timers fire four seconds too early: claims are over before they have run out.
    EarlyTimers,
}

impl Fault {
    /// Every one.
    pub const ALL: [Self; 10] = [
        Self::EarlyAnswer,
        Self::AnyVersion,
        Self::LateEntry,
        Self::RepeatedCommit,
        Self::DeniedCommit,
        Self::ForgottenFiling,
        Self::UnsyncedTail,
        Self::SkippedRow,
        Self::AnyFence,
        Self::EarlyTimers,
    ];

    /// Its name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::EarlyAnswer => "early-answer",
            Self::AnyVersion => "any-version",
            Self::LateEntry => "late-entry",
            Self::RepeatedCommit => "repeated-commit",
            Self::DeniedCommit => "denied-commit",
            Self::ForgottenFiling => "forgotten-filing",
            Self::UnsyncedTail => "unsynced-tail",
            Self::SkippedRow => "skipped-row",
            Self::AnyFence => "any-fence",
            Self::EarlyTimers => "early-timers",
        }
    }

    /// Whether it is armed.
    #[cfg(not(feature = "faults"))]
    #[must_use]
    pub const fn is_armed(self) -> bool {
        false
    }

    /// Whether it is armed.
    #[cfg(feature = "faults")]
    #[must_use]
    pub fn is_armed(self) -> bool {
        ARMED.get() == Some(&self)
    }

    /// Arms it until the process ends; whether none was armed before.
    #[cfg(feature = "faults")]
    pub fn arm(self) -> bool {
        ARMED.set(self).is_ok()
    }
}

#[cfg(feature = "faults")]
static ARMED: std::sync::OnceLock<Fault> = std::sync::OnceLock::new();
