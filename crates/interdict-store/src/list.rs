//! Lists: keyset pages over a bound query.

use std::ops::ControlFlow;
use std::time::Instant;

use interdict_model::{ActionId, TenantScope, Timestamp};
use interdict_odata::query::Expr;

use crate::engine::Row;
use crate::faults::Fault;
use crate::{Store, StoreError, StoredAction, query, rows};

/// Bytes of documents after which a page ends, though it has fewer rows than asked for.
pub(crate) const PAGE_BYTES: usize = 4 * 1024 * 1024;
/// Bytes of documents that a brief read may copy.
const BRIEF_BYTES: usize = 256 * 1024;

/// How long a read may take before it ends in [`StoreError::Deadline`].
#[derive(Clone, Copy, Debug)]
pub enum Patience {
    /// So short that it may run on an async worker.
    Brief,
    /// Until then.
    Until(Instant),
}

/// One page of a list, ordered by `createdDateTime`, ties by id ascending.
#[derive(Clone, Debug)]
pub struct ListRequest<'a> {
    /// Which actions.
    pub filter: Option<&'a Expr>,
    /// Newest first.
    pub descending: bool,
    /// The last row of the page before.
    pub after: Option<(Timestamp, ActionId)>,
    /// Rows at the most.
    pub limit: u32,
    /// How long it may take.
    pub patience: Patience,
}

/// A page.
#[derive(Clone, Debug)]
pub struct ListPage {
    /// The rows.
    pub actions: Vec<StoredAction>,
    /// The sort key of the last row, where more rows follow.
    pub next: Option<(Timestamp, ActionId)>,
}

impl Store {
    /// One page.
    ///
    /// # Errors
    /// [`StoreError::Deadline`] where it takes too long.
    pub async fn list(&self, scope: TenantScope, request: &ListRequest<'_>) -> Result<ListPage, StoreError> {
        let mut reader = self.reader(Some(request.patience)).await?;
        let mut session = reader.session()?;
        let mut page = ListPage { actions: Vec::new(), next: None };
        let Some(tenant) = self.tenant_key(&mut session, scope).await? else { return Ok(page) };
        // One row more than asked for tells whether a next page has anything in it.
        let statement = query::select(rows::LISTED, tenant, request, request.limit.saturating_add(1))?;
        let limit = usize::try_from(request.limit).unwrap_or(usize::MAX);
        let (mut last, mut bytes) = (None, 0_usize);
        let read = |row: &Row<'_>| {
            if page.actions.len() == limit || bytes >= PAGE_BYTES {
                if Fault::SkippedRow.is_armed() {
                    last = self.listed(row).map(|(created, action)| Some((created, action.id)))?;
                }
                page.next = last;
                return Ok(ControlFlow::Break(()));
            }
            if bytes >= BRIEF_BYTES && matches!(request.patience, Patience::Brief) && self.blocks() {
                return Err(StoreError::Deadline);
            }
            let (created, action) = self.listed(row)?;
            bytes += action.document.len();
            last = Some((created, action.id));
            page.actions.push(action);
            Ok(ControlFlow::Continue(()))
        };
        session.each_until(&statement.sql, &statement.values, read).await?;
        Ok(page)
    }

    /// How many actions the filter selects.
    ///
    /// # Errors
    /// As [`Store::list`].
    pub async fn count(
        &self,
        scope: TenantScope,
        filter: Option<&Expr>,
        patience: Patience,
    ) -> Result<u64, StoreError> {
        let mut reader = self.reader(Some(patience)).await?;
        let mut session = reader.session()?;
        let Some(tenant) = self.tenant_key(&mut session, scope).await? else { return Ok(0) };
        let statement = query::count(tenant, filter)?;
        let count = session.first(&statement.sql, &statement.values, |row| row.integer(0)).await?;
        Ok(count.and_then(|count| u64::try_from(count).ok()).unwrap_or(0))
    }
}
