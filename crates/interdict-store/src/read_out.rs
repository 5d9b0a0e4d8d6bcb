//! Reading journals out: the lines of an export, from one state of the store.

use std::collections::VecDeque;

use interdict_model::TenantId;
use interdict_model::journal::{Entry, Head};
use interdict_model::key::KeyKind;
use interdict_model::line::{FORMAT, Header, Line, SealingKey, TenantEnd, Totals};
use interdict_model::seal::Seal;
use tokio::sync::mpsc;

use crate::engine::Session;
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
        let count = |head: &Head| u64::try_from(head.sequence).unwrap_or(0);
        let totals = Totals {
            tenants: u64::try_from(heads.len()).unwrap_or(u64::MAX),
            entries: heads.iter().map(|(.., head)| count(head)).sum(),
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
        for (tenant, key, head) in heads {
            if read_tenant(session, tenant, key, lines).await?.is_none() {
                return Ok(None);
            }
            let end = TenantEnd { tenant, sequence: head.sequence, hash: head.hash };
            if send(lines, [Line::Head(end)]).await.is_none() {
                return Ok(None);
            }
        }
        Ok(send(lines, [Line::End(totals)]).await)
    }
}

/// A tenant's entries, each with its seal behind it where it has one.
async fn read_tenant(
    session: &mut Session<'_>,
    tenant: TenantId,
    key: i64,
    lines: &mpsc::Sender<Line>,
) -> Result<Option<()>, StoreError> {
    let mut after = 0;
    let mut seals = VecDeque::new();
    let mut sealed = 0;
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
            let sequence = entry.sequence;
            let seal = seals.pop_front_if(|seal| seal.sequence <= sequence).map(Line::Seal);
            if send(lines, [Line::Entry(entry)].into_iter().chain(seal)).await.is_none() {
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
