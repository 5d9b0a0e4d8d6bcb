//! The answer to a command: what changes, what is recorded, and what the caller is told.

use std::sync::Arc;

use super::{Change, Record};
use crate::app::App;
use crate::execution::LeaseId;
use crate::journal::Draft;
use crate::raw_json::RawJson;
use crate::settings::Setting;
use crate::{ActionId, Execution, Refusal, Timestamp, Version};

/// The domain's answer to a command that is accepted.
#[derive(Clone, Debug)]
pub struct Decision {
    /// What to write.
    pub changes: Vec<Change>,
    /// What to record; empty where nothing changes.
    pub entries: Vec<Draft>,
    /// What to tell the caller.
    pub answer: Answer,
}

impl Decision {
    /// An answer that changes nothing.
    #[must_use]
    pub const fn unchanged(answer: Answer) -> Self {
        Self { changes: Vec::new(), entries: Vec::new(), answer }
    }
}

/// What the caller is told.
#[derive(Clone, Debug, PartialEq)]
pub enum Answer {
    /// The action as it now is.
    Action {
        /// Its key.
        id: ActionId,
        /// Its version.
        version: Version,
        /// It, rendered.
        document: Arc<str>,
        /// How it is carried out, where it is.
        execution: Option<Arc<Execution>>,
        /// Whether this repeats an earlier filing.
        replayed: bool,
    },
    /// The app as it now is.
    App(App),
    /// Work for a provider.
    Leases(Vec<Handed>),
    /// A lease holds on.
    Renewed {
        /// Whether the provider is to stop.
        cancel: bool,
        /// Until when the lease holds.
        expires: Timestamp,
    },
    /// How many actions it was done to.
    Bulk(usize),
    /// How many actions were rejected, and how many await an approval that did not before.
    Guarded {
        /// Those that were rejected.
        rejected: usize,
        /// Those that await an approval.
        withheld: usize,
    },
    /// What a filing would do.
    Plan(Box<Record>),
    /// A setting as it now is.
    Setting(Box<Setting>),
    /// No, and that it was asked is noted.
    Refused(Refusal),
    /// Done; there is nothing to show.
    Done,
}

/// An action that was handed out.
#[derive(Clone, Debug, PartialEq)]
pub struct Handed {
    /// What the provider names its claim by.
    pub lease: LeaseId,
    /// How often it was handed out, this time included.
    pub attempt: u32,
    /// Until when the claim holds.
    pub expires: Timestamp,
    /// The action's version.
    pub version: Version,
    /// The action.
    pub record: Record,
    /// What the provider gave to undo by, where it is an undo.
    pub undo: Option<RawJson>,
}
