//! Phases: finer than Graph's four statuses.

use serde::{Deserialize, Serialize};

use crate::action::Status;

/// Where an execution stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Phase {
    /// Somebody must approve it first.
    AwaitingApproval,
    /// It is not to begin yet.
    Scheduled,
    /// It waits for its provider.
    Queued,
    /// A provider was given it and has not been heard of since.
    Delivered,
    /// A provider is at it.
    Executing,
    /// An attempt ended without success; there will be another one.
    Retrying,
    /// The provider is to stop, and has not answered yet.
    Cancelling,
    /// A provider reported success.
    Succeeded,
    /// A provider reported failure, or attempts are used up.
    Failed,
    /// It was not approved, or its target is protected.
    Rejected,
    /// It was cancelled, and nothing of it was done.
    Cancelled,
    /// It was never begun.
    Expired,
    /// It was begun and not finished in time.
    TimedOut,
    /// It was begun, and nobody knows what came of it.
    Unknown,
}

impl Phase {
    /// Every phase, in the order of its number.
    pub const ALL: [Self; 14] = [
        Self::AwaitingApproval,
        Self::Scheduled,
        Self::Queued,
        Self::Delivered,
        Self::Executing,
        Self::Retrying,
        Self::Cancelling,
        Self::Succeeded,
        Self::Failed,
        Self::Rejected,
        Self::Cancelled,
        Self::Expired,
        Self::TimedOut,
        Self::Unknown,
    ];

    /// The number that is stored.
    #[must_use]
    pub const fn number(self) -> i64 {
        self as i64
    }

    /// The name on the wire.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::AwaitingApproval => "awaitingApproval",
            Self::Scheduled => "scheduled",
            Self::Queued => "queued",
            Self::Delivered => "delivered",
            Self::Executing => "executing",
            Self::Retrying => "retrying",
            Self::Cancelling => "cancelling",
            Self::Succeeded => "succeeded",
            Self::Failed => "failed",
            Self::Rejected => "rejected",
            Self::Cancelled => "cancelled",
            Self::Expired => "expired",
            Self::TimedOut => "timedOut",
            Self::Unknown => "unknown",
        }
    }

    /// The phase of that name.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|phase| phase.name() == name)
    }

    /// What Graph's record says of it.
    #[must_use]
    pub const fn status(self) -> Status {
        match self {
            Self::AwaitingApproval | Self::Scheduled | Self::Queued => Status::NotStarted,
            Self::Delivered | Self::Executing | Self::Retrying | Self::Cancelling => Status::Running,
            Self::Succeeded => Status::Completed,
            Self::Failed
            | Self::Rejected
            | Self::Cancelled
            | Self::Expired
            | Self::TimedOut
            | Self::Unknown => Status::Failed,
        }
    }

    /// Whether it never changes again, but by a late true report.
    #[must_use]
    pub const fn is_final(self) -> bool {
        self.status().is_final()
    }

    /// Whether a late report may still become the truth.
    #[must_use]
    pub const fn is_open_to_truth(self) -> bool {
        matches!(self, Self::Unknown | Self::TimedOut)
    }
}
