//! The audit of the journal: every tenant's chain, read from its first entry, against its head and its rows.

use std::collections::HashMap;

use interdict_model::journal::{Entry, Head, Kind};
use interdict_model::{ActionId, TenantId};
use uuid::Uuid;

use crate::engine::{Row, Session};
use crate::{Store, StoreError, rows};

const ALL_ENTRIES: &str = "SELECT sequence, at, subject, request, kind, actor, change, previous, hash \
     FROM journal WHERE tenant = $1 ORDER BY sequence";
const ALL_ACTIONS: &str = "SELECT id, sequence FROM action WHERE tenant = $1";
const LOST_TENANTS: &str = "SELECT tenant FROM journal WHERE tenant NOT IN (SELECT tenant FROM head) \
     UNION SELECT tenant FROM action WHERE tenant NOT IN (SELECT tenant FROM head)";

/// What an audit found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// Tenants whose journals were read.
    pub tenants: u64,
    /// Entries read.
    pub entries: u64,
    /// Actions compared with the entries that they name.
    pub actions: u64,
    /// The first fault, where there is one.
    pub fault: Option<ChainFault>,
}

/// Where a journal is not what was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChainFault {
    /// Whose journal; `None` where the tenant itself is gone.
    pub tenant: Option<TenantId>,
    /// The sequence of the first entry that does not hold.
    pub sequence: i64,
    /// Why.
    pub reason: String,
}

impl Store {
    /// Audits every journal, stopping at the first fault. Reads one state throughout.
    ///
    /// # Errors
    /// Where the store cannot be read; a journal that does not hold is no error but a [`Report::fault`].
    pub async fn verify(&self) -> Result<Report, StoreError> {
        let mut reader = self.reader(None).await?;
        let mut session = reader.session()?;
        session.begin_read().await?;
        let report = verify(&mut session).await;
        session.end(report).await
    }
}

async fn verify(session: &mut Session<'_>) -> Result<Report, StoreError> {
    let mut report = Report::default();
    let heads = session
        .all(rows::TENANTS, &[], |row| Ok((TenantId(row.uuid(0)?), row.integer(1)?, rows::head(row, 2)?)))
        .await?;
    for (tenant, key, head) in heads {
        report.tenants += 1;
        let fault = verify_tenant(session, tenant, key, head, &mut report).await?;
        if let Some((sequence, reason)) = fault {
            report.fault = Some(ChainFault { tenant: Some(tenant), sequence, reason });
            return Ok(report);
        }
    }
    if let Some(key) = session.first(LOST_TENANTS, &[], |row| row.integer(0)).await? {
        let reason = format!("the tenant with key {key} has rows but no head: it was removed");
        report.fault = Some(ChainFault { tenant: None, sequence: 0, reason });
    }
    Ok(report)
}

/// The first sequence that does not hold, and why.
async fn verify_tenant(
    session: &mut Session<'_>,
    tenant: TenantId,
    key: i64,
    stored: Head,
    report: &mut Report,
) -> Result<Option<(i64, String)>, StoreError> {
    let mut head = Head::default();
    let mut fault = None;
    // The last entry about every action that should be there.
    let mut last_about: HashMap<Uuid, i64> = HashMap::new();
    let entries = |row: &Row<'_>| {
        if fault.is_some() {
            return Ok(());
        }
        let entry: Entry = rows::entry(row, tenant)?;
        match entry.break_after(&head) {
            Some(reason) => fault = Some((entry.sequence, reason.to_string())),
            None => {
                report.entries += 1;
                head = Head { sequence: entry.sequence, hash: entry.hash, at: entry.at };
                match Kind::from_number(entry.kind) {
                    Some(Kind::Created | Kind::Updated | Kind::Cancelled) => {
                        last_about.insert(entry.subject, entry.sequence);
                    }
                    Some(Kind::Deleted) => {
                        last_about.remove(&entry.subject);
                    }
                    Some(Kind::AppAdded | Kind::AppRotated | Kind::AppRemoved) | None => {}
                }
            }
        }
        Ok(())
    };
    session.each(ALL_ENTRIES, &[key.into()], entries).await?;
    if fault.is_some() {
        return Ok(fault);
    }
    if head != stored {
        let reason = format!(
            "the journal ends at {} but its head names {}: entries were removed or the head was changed",
            head.sequence, stored.sequence
        );
        return Ok(Some((head.sequence.min(stored.sequence) + 1, reason)));
    }
    let actions = |row: &Row<'_>| {
        let (id, sequence) = (ActionId(row.uuid(0)?), row.integer(1)?);
        report.actions += 1;
        if last_about.remove(&id.0) != Some(sequence) && fault.is_none() {
            let reason =
                format!("action `{id}` names entry {sequence}, which is not the last entry about it");
            fault = Some((sequence, reason));
        }
        Ok(())
    };
    session.each(ALL_ACTIONS, &[key.into()], actions).await?;
    let missing = last_about.into_iter().min_by_key(|(_, sequence)| *sequence);
    Ok(fault
        .or(missing.map(|(id, sequence)| (sequence, format!("action `{id}` has no row: it was removed")))))
}
