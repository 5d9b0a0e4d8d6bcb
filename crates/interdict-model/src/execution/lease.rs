//! A provider's time-limited, fenced claim on an action.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::{ActionId, AppId, Timestamp};

/// The newest claim on an action.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lease {
    /// Grows with each hand-out of the tenant: the journal sequence of this one.
    pub fence: i64,
    /// Who has it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub app: Option<AppId>,
    /// Which of the provider's programs has it, as it called itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub instance: Option<String>,
    /// Until when it holds.
    pub expires: Timestamp,
    /// How long it holds after each renewal, in seconds.
    pub seconds: i64,
    /// Whether it was renewed: the provider has begun.
    #[serde(default)]
    pub started: bool,
    /// Whether its holder gave it back, or said that it failed: the same claim says nothing else then.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub ended: bool,
}

impl Lease {
    /// How long a provider that was asked to stop has to answer: its lease, and once as long.
    #[must_use]
    pub const fn grace_end(&self) -> Timestamp {
        self.expires.plus_seconds(self.seconds)
    }
}

/// What a provider names its claim by: the action, the store's epoch and the fence. Knowing one is not enough to report
/// on it: that takes the app that has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LeaseId {
    /// The action.
    pub action: ActionId,
    /// The store's epoch at the hand-out: a store that was restored knows no claim from before.
    pub epoch: u32,
    /// The fence.
    pub fence: i64,
}

impl LeaseId {
    /// Reads what [`fmt::Display`] writes.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let mut parts = text.split('.');
        let action = ActionId::parse(parts.next()?)?;
        let epoch = parts.next()?.parse().ok()?;
        let fence = parts.next()?.parse().ok()?;
        parts.next().is_none().then_some(Self { action, epoch, fence })
    }
}

impl fmt::Display for LeaseId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}.{}", self.action, self.epoch, self.fence)
    }
}
