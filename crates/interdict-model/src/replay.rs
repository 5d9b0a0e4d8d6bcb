//! Replaying a journal: what its entries add up to, entry by entry, as changes of rows. So a store is rebuilt from its
//! journals alone.

use std::sync::Arc;

use uuid::Uuid;

use crate::decide::columns;
use crate::document;
use crate::journal::{ChainBreak, Entry, Kind};
use crate::view::{Change, Filing, FilingKey, ReadSet, Record, WriteSet};
use crate::{ActionId, AppId, View};

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
            Kind::AppAdded | Kind::AppRotated | Kind::AppRemoved => {}
        }
        Ok(reads)
    }

    fn known_kind(&self) -> Result<Kind, ReplayError> {
        let unknown = ReplayError::UnknownKind { sequence: self.sequence, kind: self.kind };
        Kind::from_number(self.kind).ok_or(unknown)
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

    fn replayed(&self, entry: &Entry) -> Result<Vec<Change>, ReplayError> {
        let tenant = entry.tenant;
        let kind = entry.known_kind()?;
        Ok(match kind {
            Kind::Created => {
                let action = document::parse(&entry.change).map_err(|reason| entry.unreadable(reason))?;
                let key = FilingKey::of_filed(tenant, &action);
                let key = key.filter(|key| self.filings.get(key).is_none_or(Option::is_none));
                let filing = Filing { action: action.id, digest: action.meaning() };
                let filing = key.map(|key| Change::PutFiling(key, filing));
                let record = Record {
                    action,
                    cancelled: false,
                    sequence: entry.sequence,
                    document: Arc::clone(&entry.change),
                };
                [Change::InsertAction(tenant, record)].into_iter().chain(filing).collect()
            }
            Kind::Updated | Kind::Cancelled => {
                let before = self.recorded(entry)?;
                let mut action = before.action.clone();
                document::apply_difference(&mut action, &entry.change)
                    .map_err(|reason| entry.unreadable(reason))?;
                let columns = columns(&before.action, &action);
                let record = Record {
                    cancelled: before.cancelled || kind == Kind::Cancelled,
                    sequence: entry.sequence,
                    document: document::render(&action).into(),
                    action,
                };
                vec![Change::UpdateAction(tenant, record, columns)]
            }
            Kind::Deleted => vec![Change::DeleteAction(tenant, self.recorded(entry)?.action.id)],
            Kind::AppAdded | Kind::AppRotated => {
                let app = serde_json::from_str(&entry.change).map_err(|reason| entry.unreadable(reason))?;
                vec![Change::PutApp(tenant, app)]
            }
            Kind::AppRemoved => {
                vec![Change::DeleteApp(tenant, AppId(entry.subject.to_string().into()), entry.at)]
            }
        })
    }

    /// The action that the entry is about.
    fn recorded(&self, entry: &Entry) -> Result<&Record, ReplayError> {
        let missing = ReplayError::Missing { sequence: entry.sequence, subject: entry.subject };
        self.action(entry.tenant, ActionId(entry.subject)).ok_or(missing)
    }
}
