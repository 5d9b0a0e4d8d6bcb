//! Import: an export's journals into an empty store, entry by entry, and the rows that they add up to. What was cut off in
//! the middle goes on where it ended.

use std::collections::HashMap;

use interdict_model::journal::{ChainBreak, Entry};
use interdict_model::key::{KeyKind, SharedKey};
use interdict_model::line::{FORMAT, Header, Line, SealingKey, TenantEnd, Totals};
use interdict_model::pruning::{Followed, TenantPruning};
use interdict_model::replay::ReplayError;
use interdict_model::seal::Seal;
use interdict_model::view::{Change, ReadSet, WriteSet};
use interdict_model::{TenantId, Timestamp, View};
use interdict_store::{Store, StoreError, Writer};

/// Entries that are written at once.
const BATCH: usize = 500;

/// Why an import cannot go on. What was written before stays, and another attempt goes on from there.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// An entry does not fit what came before.
    #[error("tenant {tenant}: {reason}")]
    Entry {
        /// Whose journal.
        tenant: TenantId,
        /// Why.
        reason: ReplayError,
    },
    /// The lines are not those of an export, or not all of them.
    #[error("{0}")]
    Lines(String),
    /// The store already has something else.
    #[error("{0}")]
    NotEmpty(String),
}

/// An import under way: takes the lines of an export in order.
#[derive(Debug)]
pub struct Import {
    store: Store,
    writer: Writer,
    header: Option<Header>,
    /// What waits to be written.
    batch: Vec<Waiting>,
    /// The journals as far as they were taken.
    journals: HashMap<TenantId, Followed>,
    /// What was taken so far.
    done: Totals,
    ended: bool,
}

#[derive(Debug)]
enum Waiting {
    Entry(Entry),
    Seal(Seal),
    Key(SealingKey),
}

impl Import {
    /// Begins, or goes on with one that was cut off.
    ///
    /// # Errors
    /// [`ImportError::NotEmpty`] where the store has journals that no import began.
    pub async fn begin(store: Store, writers: Vec<Writer>) -> Result<Self, ImportError> {
        let writer = writers.into_iter().next();
        let writer = writer.ok_or_else(|| StoreError::Unavailable("the store has no writer".to_owned()))?;
        if store.unfinished_import().await?.is_none() && !store.tenants().await?.is_empty() {
            return Err(ImportError::NotEmpty("the store is not empty".to_owned()));
        }
        let (batch, journals) = (Vec::with_capacity(BATCH), HashMap::new());
        Ok(Self { store, writer, header: None, batch, journals, done: Totals::default(), ended: false })
    }

    /// What was taken so far, and what there is.
    #[must_use]
    pub fn progress(&self) -> (Totals, Totals) {
        (self.done, self.header.map(|header| header.totals).unwrap_or_default())
    }

    /// Takes the next line.
    ///
    /// # Errors
    /// See [`ImportError`].
    pub async fn take(&mut self, line: Line) -> Result<(), ImportError> {
        if self.ended {
            return Err(ImportError::Lines("there is something behind the last line".to_owned()));
        }
        match (line, self.header) {
            (Line::Export(header), None) => self.begin_with(header).await,
            (Line::Export(_), Some(_)) => Err(ImportError::Lines("a second export begins here".to_owned())),
            (_, None) => Err(ImportError::Lines("an export begins with its `export` line".to_owned())),
            (Line::Key(key), _) => {
                self.batch.push(Waiting::Key(key));
                Ok(())
            }
            (Line::Pruning(TenantPruning { tenant, pruning }), _) => {
                if self.journals.insert(tenant, Followed::from(Some(pruning))).is_none() {
                    return Ok(());
                }
                let what = format!("tenant {tenant}: how far it was pruned is said once, before its entries");
                Err(ImportError::Lines(what))
            }
            (Line::Entry(entry), _) => self.entry(entry).await,
            (Line::Seal(seal), _) => {
                let journal = self.journals.get(&seal.tenant);
                if !journal.is_some_and(|journal| journal.is_at(seal.sequence, &seal.hash)) {
                    let tenant = seal.tenant;
                    let what = format!("tenant {tenant}: the seal is not one of the entry before it");
                    return Err(ImportError::Lines(what));
                }
                self.batch.push(Waiting::Seal(seal));
                Ok(())
            }
            (Line::Head(end), _) => self.complete(&end).await,
            (Line::End(totals), Some(header)) => self.end(totals, header).await,
        }
    }

    /// Ends it: from here on the store can be used.
    ///
    /// # Errors
    /// [`ImportError::Lines`] where lines are missing.
    pub async fn finish(mut self) -> Result<Totals, ImportError> {
        if !self.ended {
            return Err(ImportError::Lines("the export ends in the middle".to_owned()));
        }
        self.writer.note_import(None).await?;
        self.writer.rest();
        Ok(self.done)
    }

    async fn begin_with(&mut self, header: Header) -> Result<(), ImportError> {
        if header.format != FORMAT {
            let format = header.format;
            let what = format!("the export is of format {format}; this program reads format {FORMAT}");
            return Err(ImportError::Lines(what));
        }
        match self.store.unfinished_import().await? {
            Some(begun) if begun != header.epoch => {
                return Err(ImportError::NotEmpty(
                    "an import of another store was begun here and not finished".to_owned(),
                ));
            }
            Some(_) => {}
            None => self.writer.note_import(Some(header.epoch)).await?,
        }
        self.header = Some(header);
        Ok(())
    }

    async fn entry(&mut self, entry: Entry) -> Result<(), ImportError> {
        let journal = self.journals.entry(entry.tenant).or_default();
        journal.take(&entry).map_err(|reason| broken(entry.tenant, entry.sequence, reason))?;
        self.done.entries += 1;
        self.batch.push(Waiting::Entry(entry));
        if self.batch.len() >= BATCH { self.write().await } else { Ok(()) }
    }

    async fn complete(&mut self, end: &TenantEnd) -> Result<(), ImportError> {
        let TenantEnd { tenant, sequence, hash } = *end;
        let journal = self.journals.entry(tenant).or_default();
        let found = journal.end().map_err(|reason| broken(tenant, journal.head().sequence, reason))?;
        if (found.sequence, found.hash) != (sequence, hash) {
            let what = format!(
                "tenant {tenant}: its journal should end with entry {sequence}, and what came ends with {}",
                found.sequence
            );
            return Err(ImportError::Lines(what));
        }
        self.done.tenants += 1;
        self.write().await?;
        // What an earlier attempt wrote may be another history, or a longer one.
        let view = self.writer.load(&ReadSet { tenants: vec![tenant], ..ReadSet::default() }).await?;
        self.writer.abandon().await;
        let stored = view.head(tenant);
        if (stored.sequence, stored.hash) == (sequence, hash) {
            Ok(())
        } else {
            Err(another(tenant, sequence))
        }
    }

    async fn end(&mut self, totals: Totals, header: Header) -> Result<(), ImportError> {
        self.write().await?;
        if totals != self.done || totals != header.totals {
            let Totals { tenants, entries } = self.done;
            let what = format!("there should be more, or less, than {tenants} tenants and {entries} entries");
            return Err(ImportError::Lines(what));
        }
        let there = u64::try_from(self.store.tenants().await?.len()).unwrap_or(u64::MAX);
        if there != totals.tenants {
            let what = format!("the store has {there} tenants, the export {}", totals.tenants);
            return Err(ImportError::NotEmpty(what));
        }
        self.ended = true;
        Ok(())
    }

    /// Writes what waits. What the store has already must be the same.
    async fn write(&mut self) -> Result<(), ImportError> {
        if self.batch.is_empty() {
            return Ok(());
        }
        let mut reads = ReadSet::default();
        for waiting in &self.batch {
            match waiting {
                Waiting::Entry(entry) => {
                    let tenant = entry.tenant;
                    reads.extend(entry.reads().map_err(|reason| ImportError::Entry { tenant, reason })?);
                }
                Waiting::Seal(seal) => reads.tenants.push(seal.tenant),
                Waiting::Key(_) => {}
            }
        }
        let mut view = self.writer.load(&reads).await?;
        let mut writes = WriteSet::default();
        let mut outcome = Ok(());
        for waiting in self.batch.drain(..) {
            outcome = match waiting {
                Waiting::Entry(entry) => {
                    let pruned = self.journals.get(&entry.tenant).and_then(Followed::pruned);
                    let pruned = pruned.map_or(0, |pruning| pruning.sequence);
                    replay(&mut view, entry, pruned, &mut writes)
                }
                Waiting::Seal(seal) => {
                    let sealed = view.sealed.get(&seal.tenant).copied().unwrap_or_default();
                    if seal.sequence > sealed {
                        view.apply_change(&Change::PutSeal(seal.at, seal), &mut writes);
                    }
                    Ok(())
                }
                Waiting::Key(key) => {
                    view.apply_change(&Change::PutKey(shared(key)), &mut writes);
                    Ok(())
                }
            };
            if outcome.is_err() {
                break;
            }
        }
        if outcome.is_err() || writes.is_empty() {
            self.writer.abandon().await;
            return outcome;
        }
        self.writer.commit(&writes).await?;
        self.writer.tend();
        Ok(())
    }
}

/// Replays an entry that was found to follow from those before it; up to `pruned` there are gaps.
fn replay(view: &mut View, entry: Entry, pruned: i64, writes: &mut WriteSet) -> Result<(), ImportError> {
    let (tenant, head) = (entry.tenant, view.head(entry.tenant));
    if entry.sequence > head.sequence {
        if head.sequence < pruned {
            view.skip_to(&entry);
        }
        return view.replay(entry, writes).map_err(|reason| ImportError::Entry { tenant, reason });
    }
    if entry.sequence == head.sequence && entry.hash != head.hash {
        return Err(another(tenant, entry.sequence));
    }
    Ok(())
}

fn broken(tenant: TenantId, sequence: i64, reason: ChainBreak) -> ImportError {
    ImportError::Entry { tenant, reason: ReplayError::Broken { sequence, reason } }
}

/// A key of the old store: its seals are verified with it, and nothing is sealed.
fn shared(key: SealingKey) -> SharedKey {
    SharedKey {
        kind: KeyKind::Seal,
        id: key.id,
        created: Timestamp::from_ticks(0),
        public: key.public_key.to_vec(),
        secret: Vec::new(),
        wrapped_by: None,
        revoked: key.revoked,
    }
}

fn another(tenant: TenantId, sequence: i64) -> ImportError {
    let what = format!("tenant {tenant}: the store's journal is not the export's up to entry {sequence}");
    ImportError::NotEmpty(what)
}
