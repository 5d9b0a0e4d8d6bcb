//! Pages of a tenant's journal and of its seals, for those who read them over the wire.

use std::ops::ControlFlow;

use interdict_model::TenantScope;
use interdict_model::journal::Entry;
use interdict_model::seal::Seal;
use uuid::Uuid;

use crate::engine::Row;
use crate::list::PAGE_BYTES;
use crate::{Patience, Store, StoreError, rows};

/// Entries that one page looks at. The journal has no index of subjects, which would cost every write; so a page of one
/// subject ends after this many, full or not, and says where the next begins.
const LOOKED_AT: i64 = 50_000;

const LAST: &str = "SELECT sequence FROM head WHERE tenant = $1";
const ENTRIES: &str = "SELECT sequence, at, subject, request, kind, actor, change, previous, hash \
     FROM journal WHERE tenant = $1 AND sequence > $2 AND sequence <= $3 ORDER BY sequence LIMIT $4";
const ENTRIES_ABOUT: &str = "SELECT sequence, at, subject, request, kind, actor, change, previous, hash \
     FROM journal WHERE tenant = $1 AND sequence > $2 AND sequence <= $3 AND subject = $4 \
     ORDER BY sequence LIMIT $5";

/// Which part of a journal, or of its seals.
#[derive(Clone, Copy, Debug)]
pub struct AuditRequest {
    /// The sequence behind which it begins; 0 for the beginning.
    pub after: i64,
    /// Rows at the most.
    pub limit: u32,
    /// Entries about this action or app alone. Seals are about none.
    pub subject: Option<Uuid>,
    /// How long it may take.
    pub patience: Patience,
}

/// A page of entries or seals.
#[derive(Clone, Debug)]
pub struct AuditPage<T> {
    /// The rows, by sequence. There may be none, though more follow.
    pub rows: Vec<T>,
    /// The sequence behind which the next page begins, where more may follow.
    pub next: Option<i64>,
}

impl Store {
    /// A page of the tenant's journal.
    ///
    /// # Errors
    /// [`StoreError::Deadline`] where it takes too long; else as [`Store::action`].
    pub async fn journal_page(
        &self,
        scope: TenantScope,
        request: AuditRequest,
    ) -> Result<AuditPage<Entry>, StoreError> {
        let mut page = AuditPage { rows: Vec::new(), next: None };
        let mut reader = self.reader(Some(request.patience)).await?;
        let mut session = reader.session()?;
        let Some(tenant) = self.tenant_key(&mut session, scope).await? else { return Ok(page) };
        let last = session.first(LAST, &[tenant.into()], |row| row.integer(0)).await?.unwrap_or(0);
        let until = request.after.saturating_add(LOOKED_AT).min(last);
        let limit = usize::try_from(request.limit).unwrap_or(usize::MAX);
        let mut bytes = 0_usize;
        let read = |row: &Row<'_>| {
            if page.rows.len() == limit || bytes >= PAGE_BYTES {
                page.next = page.rows.last().map(|entry: &Entry| entry.sequence);
                return Ok(ControlFlow::Break(()));
            }
            let entry = rows::entry(row, scope.tenant())?;
            bytes += entry.change.len();
            page.rows.push(entry);
            Ok(ControlFlow::Continue(()))
        };
        // One row more than asked for tells whether a next page has anything in it.
        let asked = i64::from(request.limit) + 1;
        let mut values = vec![tenant.into(), request.after.into(), until.into()];
        let text = if let Some(subject) = request.subject {
            values.push(subject.into());
            ENTRIES_ABOUT
        } else {
            ENTRIES
        };
        values.push(asked.into());
        session.each_until(text, &values, read).await?;
        page.next = page.next.or((until > request.after && until < last).then_some(until));
        Ok(page)
    }

    /// A page of the seals of the tenant's journal.
    ///
    /// # Errors
    /// As [`Store::journal_page`].
    pub async fn seal_page(
        &self,
        scope: TenantScope,
        request: AuditRequest,
    ) -> Result<AuditPage<Seal>, StoreError> {
        let mut reader = self.reader(Some(request.patience)).await?;
        let mut session = reader.session()?;
        let mut page = AuditPage { rows: Vec::new(), next: None };
        let Some(tenant) = self.tenant_key(&mut session, scope).await? else { return Ok(page) };
        let values = [tenant.into(), request.after.into(), (i64::from(request.limit) + 1).into()];
        page.rows = session.all(rows::SEALS, &values, |row| rows::seal(row, scope.tenant())).await?;
        let limit = usize::try_from(request.limit).unwrap_or(usize::MAX);
        if page.rows.len() > limit {
            page.rows.truncate(limit);
            page.next = page.rows.last().map(|seal| seal.sequence);
        }
        Ok(page)
    }
}
