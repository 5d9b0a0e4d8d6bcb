//! Reading journals out: the lines of an export, from one state of the store.

use std::collections::VecDeque;

use interdict_model::TenantId;
use interdict_model::journal::{Entry, Head};
use interdict_model::key::KeyKind;
use interdict_model::line::{FORMAT, Header, Line, SealingKey, TenantEnd, Totals};
use interdict_model::pruning::{Pruning, TenantPruning};
use interdict_model::seal::Seal;
use tokio::sync::mpsc;

use crate::engine::Session;
use crate::prune::Gone;
use crate::{Store, StoreError, rows};

/// Entries that are read at once.
const PAGE: i64 = 500;

impl Store {
    /// Hands over every line of an export of `tenants`, or of all where none is named, in order; with the store's keys
    /// those in `keys` as well. Reads one state
    /// throughout, a page at a time, as fast as `lines` takes them.
    ///
    /// # Errors
    /// As [`Store::action`]; a receiver that went away is none.
    pub async fn read_out(
        &self,
        tenants: &[TenantId],
        keys: Vec<SealingKey>,
        lines: &mpsc::Sender<Line>,
    ) -> Result<(), StoreError> {
        let mut reader = self.reader(None).await?;
        let mut session = reader.session()?;
        session.begin_read().await?;
        let outcome = self.read_all(&mut session, tenants, keys, lines).await;
        session.end(outcome).await.map(drop)
    }

    /// `None` where the receiver went away.
    async fn read_all(
        &self,
        session: &mut Session<'_>,
        tenants: &[TenantId],
        keys: Vec<SealingKey>,
        lines: &mpsc::Sender<Line>,
    ) -> Result<Option<()>, StoreError> {
        let mut heads = session
            .all(rows::TENANTS, &[], |row| Ok((TenantId(row.uuid(0)?), row.integer(1)?, rows::head(row, 2)?)))
            .await?;
        heads.retain(|(tenant, ..)| tenants.is_empty() || tenants.contains(tenant));
        let mut journals = Vec::with_capacity(heads.len());
        for (tenant, key, head) in heads {
            let pruned = session.first(rows::PRUNING, &[key.into()], rows::pruning).await?;
            journals.push(Journal { tenant, key, head, pruned });
        }
        let totals = Totals {
            tenants: u64::try_from(journals.len()).unwrap_or(u64::MAX),
            entries: journals.iter().map(Journal::entries).sum(),
        };
        let header = Header { format: FORMAT, epoch: self.epoch(), totals };
        let mut known = session.all(rows::SHARED_KEYS, &[], rows::shared_key).await?;
        known.retain(|key| key.as_ref().is_some_and(|key| key.kind == KeyKind::Seal));
        let known = known.into_iter().flatten().filter_map(|key| {
            Some(SealingKey { id: key.id, public_key: key.public.try_into().ok()?, revoked: key.revoked })
        });
        let known: Vec<_> = known.collect();
        let is_known = |id: &str| known.iter().any(|key| key.id == id);
        let unknown = keys.into_iter().filter(|key| !is_known(&key.id)).collect::<Vec<_>>();
        let keys = known.into_iter().chain(unknown).map(Line::Key);
        let first = [Line::Export(header)].into_iter().chain(keys);
        if send(lines, first).await.is_none() {
            return Ok(None);
        }
        for journal in journals {
            if read_tenant(session, &journal, lines).await?.is_none() {
                return Ok(None);
            }
            let Journal { tenant, head, .. } = journal;
            let end = TenantEnd { tenant, sequence: head.sequence, hash: head.hash };
            if send(lines, [Line::Head(end)]).await.is_none() {
                return Ok(None);
            }
        }
        Ok(send(lines, [Line::End(totals)]).await)
    }
}

/// A tenant's journal.
struct Journal {
    tenant: TenantId,
    key: i64,
    head: Head,
    pruned: Option<Pruning>,
}

impl Journal {
    /// How many entries it has.
    fn entries(&self) -> u64 {
        let entries = self
            .pruned
            .map_or(self.head.sequence, |pruning| self.head.sequence - pruning.sequence + pruning.kept);
        u64::try_from(entries).unwrap_or(0)
    }
}

/// A tenant's entries, each with its seal behind it where it has one.
async fn read_tenant(
    session: &mut Session<'_>,
    journal: &Journal,
    lines: &mpsc::Sender<Line>,
) -> Result<Option<()>, StoreError> {
    let &Journal { tenant, key, pruned, .. } = journal;
    if let Some(pruning) = pruned
        && send(lines, [Line::Pruning(TenantPruning { tenant, pruning })]).await.is_none()
    {
        return Ok(None);
    }
    let gone = Gone::load(session, key, pruned.map_or(0, |pruning| pruning.sequence)).await?;
    let mut after = 0;
    let mut seals = VecDeque::new();
    // Seals of before a pruning are being removed.
    let mut sealed = pruned.map_or(0, |pruning| pruning.sequence - 1);
    loop {
        let values = [key.into(), after.into(), PAGE.into()];
        let entries: Vec<Entry> = session.all(rows::JOURNAL, &values, |row| rows::entry(row, tenant)).await?;
        let Some(last) = entries.last().map(|entry| entry.sequence) else { return Ok(Some(())) };
        while sealed < last {
            let values = [key.into(), sealed.into(), PAGE.into()];
            let more: Vec<Seal> = session.all(rows::SEALS, &values, |row| rows::seal(row, tenant)).await?;
            sealed = more.last().map_or(i64::MAX, |seal| seal.sequence);
            seals.extend(more);
        }
        for entry in entries {
            if gone.has(entry.sequence, entry.subject) {
                continue;
            }
            let sequence = entry.sequence;
            // The entry up to which the journal was pruned may be gone, but not its seal.
            let earlier = seals.pop_front_if(|seal| seal.sequence < sequence).map(Line::Seal);
            let its_own = seals.pop_front_if(|seal| seal.sequence == sequence).map(Line::Seal);
            let together = earlier.into_iter().chain([Line::Entry(entry)]).chain(its_own);
            if send(lines, together).await.is_none() {
                return Ok(None);
            }
        }
        after = last;
    }
}

/// `None` where the receiver went away.
async fn send(lines: &mpsc::Sender<Line>, some: impl IntoIterator<Item = Line>) -> Option<()> {
    for line in some {
        lines.send(line).await.ok()?;
    }
    Some(())
}
