//! Replaying a journal: what its entries add up to, entry by entry, as changes of rows. So a store is rebuilt from its
//! journals alone.

use std::sync::Arc;

use uuid::Uuid;

use crate::action::SecurityAction;
use crate::app::App;
use crate::decide::columns;
use crate::document::{self, Beside};
use crate::effect::Effect;
use crate::execution::Phase;
use crate::journal::{ChainBreak, Entry, Head, Kind};
use crate::pruning::Pruning;
use crate::settings::{Setting, SettingKey};
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
                let (action, _) = self.filing()?;
                reads.filings.extend(FilingKey::of_filed(self.tenant, &action));
            }
            Kind::Deleted => reads.actions.push((self.tenant, ActionId(self.subject))),
            kind if kind.changes_action() => reads.actions.push((self.tenant, ActionId(self.subject))),
            // What becomes of others does not depend on what they were.
            _ => {}
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
            (Kind::Created, _) => self.created().map(|(record, _)| Some(record)),
            (Kind::Deleted, Some(_)) => Ok(None),
            (kind, Some(before)) if kind.changes_action() => {
                self.changed(kind, before).map(|(record, _)| Some(record))
            }
            (kind, None) if kind == Kind::Deleted || kind.changes_action() => Err(self.missing()),
            (_, before) => Ok(before.cloned()),
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

    /// The setting that the entry makes or changes.
    ///
    /// # Errors
    /// Where it cannot be read.
    pub fn setting(&self) -> Result<Setting, ReplayError> {
        serde_json::from_str(&self.change).map_err(|reason| self.unreadable(reason))
    }

    /// The setting that the entry removes.
    ///
    /// # Errors
    /// Where it cannot be read.
    pub fn removed_setting(&self) -> Result<SettingKey, ReplayError> {
        serde_json::from_str(&self.change).map_err(|reason| self.unreadable(reason))
    }

    /// The effect that the entry changes, where it does.
    ///
    /// # Errors
    /// Where it cannot be read.
    pub fn effect(&self) -> Result<Option<Effect>, ReplayError> {
        #[derive(serde::Deserialize)]
        struct Text {
            #[serde(alias = "@interdict.effect")]
            effect: Option<Effect>,
        }
        let kind = self.known_kind()?;
        if kind != Kind::Created && !kind.changes_action() {
            return Ok(None);
        }
        let text: Text = serde_json::from_str(&self.change).map_err(|reason| self.unreadable(reason))?;
        Ok(text.effect)
    }

    fn filing(&self) -> Result<(SecurityAction, Beside), ReplayError> {
        document::parse_filing(&self.change).map_err(|reason| self.unreadable(reason))
    }

    fn created(&self) -> Result<(Record, Option<Effect>), ReplayError> {
        let (action, beside) = self.filing()?;
        let execution = beside.execution.flatten().map(Arc::new);
        let document = match (&execution, &beside.effect) {
            (None, None) => Arc::clone(&self.change),
            _ => document::render(&action).into(),
        };
        let record = Record { action, cancelled: false, sequence: self.sequence, document, execution };
        Ok((record, beside.effect))
    }

    fn changed(&self, kind: Kind, before: &Record) -> Result<(Record, Option<Effect>), ReplayError> {
        let mut action = before.action.clone();
        let beside = document::apply_difference(&mut action, &self.change);
        let beside = beside.map_err(|reason| self.unreadable(reason))?;
        let execution = match beside.execution {
            None => before.execution.clone(),
            Some(after) => after.map(Arc::new),
        };
        let phase = execution.as_ref().map(|execution| execution.phase);
        let record = Record {
            cancelled: before.cancelled || kind == Kind::Cancelled || phase == Some(Phase::Cancelled),
            sequence: self.sequence,
            document: document::render(&action).into(),
            action,
            execution,
        };
        Ok((record, beside.effect))
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
                let (record, effect) = entry.created()?;
                let key = FilingKey::of_filed(tenant, &record.action);
                let key = key.filter(|key| self.filings.get(key).is_none_or(Option::is_none));
                let filing = Filing { action: record.action.id, digest: record.meaning() };
                let filing = key.map(|key| Change::PutFiling(key, filing));
                let effect = effect.map(|effect| Change::PutEffect(tenant, effect));
                [Change::InsertAction(tenant, record)].into_iter().chain(filing).chain(effect).collect()
            }
            Kind::Deleted => vec![Change::DeleteAction(tenant, self.recorded(entry)?.action.id)],
            Kind::AppAdded | Kind::AppRotated => {
                vec![Change::PutApp(tenant, entry.app()?)]
            }
            Kind::AppRemoved => {
                vec![Change::DeleteApp(tenant, AppId(entry.subject.to_string().into()), entry.at)]
            }
            Kind::SettingPut => vec![Change::PutSetting(tenant, entry.setting()?)],
            Kind::SettingRemoved => vec![Change::RemoveSetting(tenant, entry.removed_setting()?)],
            Kind::Pruned => vec![Change::PutPruning(tenant, entry.pruning()?)],
            Kind::LateReport | Kind::DryRun | Kind::BulkDecided | Kind::GuardMet => Vec::new(),
            kind => {
                let before = self.recorded(entry)?;
                let (record, effect) = entry.changed(kind, before)?;
                let columns = columns(&before.action, &record.action);
                let effect = effect.map(|effect| Change::PutEffect(tenant, effect));
                [Change::UpdateAction(tenant, record, columns)].into_iter().chain(effect).collect()
            }
        })
    }

    /// The action that the entry is about.
    fn recorded(&self, entry: &Entry) -> Result<&Record, ReplayError> {
        self.action(entry.tenant, ActionId(entry.subject)).ok_or_else(|| entry.missing())
    }
}
