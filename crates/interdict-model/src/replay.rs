//! Replaying the journal: the rows that its entries add up to.

use std::collections::BTreeMap;

use uuid::Uuid;

use crate::action::SecurityAction;
use crate::app::App;
use crate::document;
use crate::journal::{Entry, Kind};

/// The rows of one tenant as its journal says they are.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Replay {
    /// Actions that are there.
    pub actions: BTreeMap<Uuid, Replayed>,
    /// Apps that are there.
    pub apps: BTreeMap<Uuid, App>,
}

/// One action as its entries say it is.
#[derive(Clone, Debug, PartialEq)]
pub struct Replayed {
    /// The entity.
    pub action: SecurityAction,
    /// Whether it was cancelled.
    pub cancelled: bool,
    /// The sequence of its last entry.
    pub sequence: i64,
}

/// Why an entry cannot be replayed.
#[derive(Debug, thiserror::Error)]
pub enum ReplayError {
    /// Its kind is of a newer version.
    #[error("entry {sequence} is of the unknown kind {kind}")]
    UnknownKind {
        /// The entry.
        sequence: i64,
        /// Its kind's number.
        kind: u8,
    },
    /// It is about something that is not there.
    #[error("entry {sequence} changes `{subject}`, which is not there")]
    Missing {
        /// The entry.
        sequence: i64,
        /// What it is about.
        subject: Uuid,
    },
    /// Its change cannot be read.
    #[error("the change of entry {sequence} cannot be read: {reason}")]
    Unreadable {
        /// The entry.
        sequence: i64,
        /// What is wrong.
        reason: serde_json::Error,
    },
}

impl Replay {
    /// Applies the next entry of the tenant's journal.
    ///
    /// # Errors
    /// Where the entry does not fit what came before; the rows stay as they were.
    pub fn apply(&mut self, entry: &Entry) -> Result<(), ReplayError> {
        let sequence = entry.sequence;
        let unreadable = |reason| ReplayError::Unreadable { sequence, reason };
        let missing = || ReplayError::Missing { sequence, subject: entry.subject };
        let kind =
            Kind::from_number(entry.kind).ok_or(ReplayError::UnknownKind { sequence, kind: entry.kind })?;
        match kind {
            Kind::Created => {
                let action = document::parse(&entry.change).map_err(unreadable)?;
                self.actions.insert(entry.subject, Replayed { action, cancelled: false, sequence });
            }
            Kind::Updated | Kind::Cancelled => {
                let row = self.actions.get_mut(&entry.subject).ok_or_else(missing)?;
                document::apply_difference(&mut row.action, &entry.change).map_err(unreadable)?;
                row.cancelled |= kind == Kind::Cancelled;
                row.sequence = sequence;
            }
            Kind::Deleted => {
                self.actions.remove(&entry.subject).ok_or_else(missing)?;
            }
            Kind::AppAdded | Kind::AppRotated => {
                let app = serde_json::from_str(&entry.change).map_err(unreadable)?;
                self.apps.insert(entry.subject, app);
            }
            Kind::AppRemoved => {
                self.apps.remove(&entry.subject).ok_or_else(missing)?;
            }
        }
        Ok(())
    }
}
