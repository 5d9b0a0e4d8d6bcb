//! Replaying a journal: what its entries add up to, entry by entry, as changes of rows. So a store is rebuilt from its
//! journals alone.

use std::sync::Arc;

use uuid::Uuid;

use crate::app::App;
use crate::decide::columns;
use crate::document;
use crate::journal::{ChainBreak, Entry, Head, Kind};
use crate::pruning::Pruning;
use crate::view::{Change, Filing, FilingKey, ReadSet, Record, WriteSet};
use crate::{ActionId, AppId, Timestamp, View};

/// Why an entry cannot be replayed.
#[derive(Debug, thiserror::Error)]
pub enum ReplayError {
    /// It does not follow the entry before.
    #[error("entry {sequence}: {reason}")]
    Broken {
        /// The entry.
        sequence: i64,
        /// Why.
        reason: ChainBreak,
    },
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

impl Entry {
    /// What must be loaded before the entry can be replayed.
    ///
    /// # Errors
    /// Where the entry cannot be read.
    pub fn reads(&self) -> Result<ReadSet, ReplayError> {
        let mut reads = ReadSet::default();
        reads.tenants.push(self.tenant);
        match self.known_kind()? {
            Kind::Created => {
                let action = document::parse(&self.change).map_err(|reason| self.unreadable(reason))?;
                reads.filings.extend(FilingKey::of_filed(self.tenant, &action));
            }
            Kind::Updated | Kind::Cancelled | Kind::Deleted => {
                reads.actions.push((self.tenant, ActionId(self.subject)));
            }
            // What becomes of an app does not depend on what it was.
            Kind::AppAdded | Kind::AppRotated | Kind::AppRemoved | Kind::Pruned => {}
        }
        Ok(reads)
    }

    /// What the action of the entry's id becomes by it; `None` where it is removed. An entry about something else of that
    /// id changes nothing.
    ///
    /// # Errors
    /// Where the entry cannot be read, or changes an action that is not there.
    pub fn action_after(&self, before: Option<&Record>) -> Result<Option<Record>, ReplayError> {
        match (self.known_kind()?, before) {
            (Kind::Created, _) => self.created().map(Some),
            (kind @ (Kind::Updated | Kind::Cancelled), Some(before)) => self.changed(kind, before).map(Some),
            (Kind::Updated | Kind::Cancelled | Kind::Deleted, None) => Err(self.missing()),
            (Kind::Deleted, Some(_)) => Ok(None),
            (Kind::AppAdded | Kind::AppRotated | Kind::AppRemoved | Kind::Pruned, before) => {
                Ok(before.cloned())
            }
        }
    }

    /// The app that the entry adds or changes.
    ///
    /// # Errors
    /// Where it cannot be read.
    pub fn app(&self) -> Result<App, ReplayError> {
        serde_json::from_str(&self.change).map_err(|reason| self.unreadable(reason))
    }

    /// How far the journal was pruned, as the entry records it.
    ///
    /// # Errors
    /// Where it cannot be read.
    pub fn pruning(&self) -> Result<Pruning, ReplayError> {
        serde_json::from_str(&self.change).map_err(|reason| self.unreadable(reason))
    }

    fn created(&self) -> Result<Record, ReplayError> {
        let action = document::parse(&self.change).map_err(|reason| self.unreadable(reason))?;
        let document = Arc::clone(&self.change);
        Ok(Record { action, cancelled: false, sequence: self.sequence, document })
    }

    fn changed(&self, kind: Kind, before: &Record) -> Result<Record, ReplayError> {
        let mut action = before.action.clone();
        document::apply_difference(&mut action, &self.change).map_err(|reason| self.unreadable(reason))?;
        Ok(Record {
            cancelled: before.cancelled || kind == Kind::Cancelled,
            sequence: self.sequence,
            document: document::render(&action).into(),
            action,
        })
    }

    /// What happened.
    ///
    /// # Errors
    /// Where it is of a kind that a newer version writes.
    pub fn known_kind(&self) -> Result<Kind, ReplayError> {
        let unknown = ReplayError::UnknownKind { sequence: self.sequence, kind: self.kind };
        Kind::from_number(self.kind).ok_or(unknown)
    }

    fn missing(&self) -> ReplayError {
        ReplayError::Missing { sequence: self.sequence, subject: self.subject }
    }

    fn unreadable(&self, reason: serde_json::Error) -> ReplayError {
        ReplayError::Unreadable { sequence: self.sequence, reason }
    }
}

impl View {
    /// Applies the next entry of its tenant's journal to the view and to the write set.
    ///
    /// # Errors
    /// Where the entry does not fit what came before; nothing changed then.
    pub fn replay(&mut self, entry: Entry, writes: &mut WriteSet) -> Result<(), ReplayError> {
        if let Some(reason) = entry.break_after(&self.head(entry.tenant)) {
            return Err(ReplayError::Broken { sequence: entry.sequence, reason });
        }
        let changes = self.replayed(&entry)?;
        self.append(entry, writes);
        for change in &changes {
            self.apply_change(change, writes);
        }
        Ok(())
    }

    /// Passes over what was pruned before `entry`, which somebody has checked ([`crate::pruning::Followed`]).
    pub fn skip_to(&mut self, entry: &Entry) {
        let at = Timestamp::from_ticks(entry.at.ticks().saturating_sub(1));
        let head = Head { sequence: entry.sequence - 1, hash: entry.previous, at };
        self.heads.insert(entry.tenant, head);
    }

    fn replayed(&self, entry: &Entry) -> Result<Vec<Change>, ReplayError> {
        let tenant = entry.tenant;
        let kind = entry.known_kind()?;
        Ok(match kind {
            Kind::Created => {
                let record = entry.created()?;
                let key = FilingKey::of_filed(tenant, &record.action);
                let key = key.filter(|key| self.filings.get(key).is_none_or(Option::is_none));
                let filing = Filing { action: record.action.id, digest: record.action.meaning() };
                let filing = key.map(|key| Change::PutFiling(key, filing));
                [Change::InsertAction(tenant, record)].into_iter().chain(filing).collect()
            }
            Kind::Updated | Kind::Cancelled => {
                let before = self.recorded(entry)?;
                let record = entry.changed(kind, before)?;
                let columns = columns(&before.action, &record.action);
                vec![Change::UpdateAction(tenant, record, columns)]
            }
            Kind::Deleted => vec![Change::DeleteAction(tenant, self.recorded(entry)?.action.id)],
            Kind::AppAdded | Kind::AppRotated => {
                vec![Change::PutApp(tenant, entry.app()?)]
            }
            Kind::AppRemoved => {
                vec![Change::DeleteApp(tenant, AppId(entry.subject.to_string().into()), entry.at)]
            }
            Kind::Pruned => vec![Change::PutPruning(tenant, entry.pruning()?)],
        })
    }

    /// The action that the entry is about.
    fn recorded(&self, entry: &Entry) -> Result<&Record, ReplayError> {
        self.action(entry.tenant, ActionId(entry.subject)).ok_or_else(|| entry.missing())
    }
}
