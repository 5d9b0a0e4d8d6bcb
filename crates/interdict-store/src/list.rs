//! Lists: keyset pages over a bound query.

use std::ops::ControlFlow;
use std::time::Instant;

use interdict_model::{ActionId, TenantScope};
use interdict_odata::query::{Expr, OrderKey, Scalar, Type};
use interdict_odata::search::Search;

use crate::engine::{Row, Session};
use crate::faults::Fault;
use crate::query::{self, Dialect, Place, Recheck};
use crate::{Store, StoreError, StoredAction};

/// Bytes of documents after which a page ends, though it has fewer rows than asked for.
pub(crate) const PAGE_BYTES: usize = 4 * 1024 * 1024;
/// Bytes of documents that a brief read may copy.
pub(crate) const BRIEF_BYTES: usize = 256 * 1024;
/// Rows that are read at once where each is looked at again.
pub(crate) const LOOK: u32 = 1_000;

/// How long a read may take before it ends in [`StoreError::Deadline`].
#[derive(Clone, Copy, Debug)]
pub enum Patience {
    /// So short that it may run on an async worker.
    Brief,
    /// Until then.
    Until(Instant),
}

/// What a list or a count selects.
#[derive(Clone, Copy, Debug, Default)]
pub struct Selected<'a> {
    /// Which actions.
    pub filter: Option<&'a Expr>,
    /// Words that they have.
    pub search: Option<&'a Search>,
    /// What `now()` is, in ticks of 100 ns since 1970.
    pub now: i64,
}

/// One page of a list.
#[derive(Clone, Copy, Debug)]
pub struct ListRequest<'a> {
    /// Which actions.
    pub selected: Selected<'a>,
    /// In which order; ties by id ascending.
    pub order_by: &'a [OrderKey],
    /// Where the page before ended.
    pub after: Option<&'a Place>,
    /// Rows to leave out before the first.
    pub skip: u64,
    /// Rows at the most.
    pub limit: u32,
    /// How long it may take.
    pub patience: Patience,
}

/// A page.
#[derive(Clone, Debug, Default)]
pub struct ListPage {
    /// The rows.
    pub actions: Vec<StoredAction>,
    /// Where it ended, where more rows follow.
    pub next: Option<Place>,
}

/// A page that is being filled.
struct Filling<'a> {
    store: &'a Store,
    request: &'a ListRequest<'a>,
    recheck: &'a Recheck<'a>,
    page: ListPage,
    bytes: usize,
    /// Rows that are selected and still to be left out.
    skip: u64,
    /// The last row that was looked at, and how many there were.
    last: Option<Place>,
    seen: u32,
    full: bool,
}

impl Filling<'_> {
    fn is_full(&self) -> bool {
        self.page.actions.len() == usize::try_from(self.request.limit).unwrap_or(usize::MAX)
            || self.bytes >= PAGE_BYTES
    }

    fn take(&mut self, row: &Row<'_>) -> Result<ControlFlow<()>, StoreError> {
        self.seen += 1;
        if self.is_full() {
            // Only a row that is selected makes a next page: none is empty.
            if !self.recheck.admits(row.text_bytes(2)?)? {
                self.last = Some(place(row, self.request.order_by)?);
                return Ok(ControlFlow::Continue(()));
            }
            let skipped = Fault::SkippedRow.is_armed();
            self.page.next =
                if skipped { Some(place(row, self.request.order_by)?) } else { self.last.take() };
            self.full = true;
            return Ok(ControlFlow::Break(()));
        }
        if self.bytes >= BRIEF_BYTES
            && matches!(self.request.patience, Patience::Brief)
            && self.store.blocks()
        {
            return Err(StoreError::Deadline);
        }
        let action = self.store.listed(row)?;
        if self.recheck.admits(&action.document)? {
            if self.skip > 0 {
                self.skip -= 1;
            } else {
                self.bytes += action.document.len();
                self.page.actions.push(action);
            }
        }
        // Of a statement that asks for no more rows than one page has, the last row's alone is needed.
        if self.recheck.is_needed() || self.is_full() {
            self.last = Some(place(row, self.request.order_by)?);
        }
        Ok(ControlFlow::Continue(()))
    }
}

impl Store {
    /// One page.
    ///
    /// # Errors
    /// [`StoreError::Deadline`] where it takes too long.
    pub async fn list(&self, scope: TenantScope, request: &ListRequest<'_>) -> Result<ListPage, StoreError> {
        let mut reader = self.reader(Some(request.patience)).await?;
        let mut session = reader.session()?;
        let Some(tenant) = self.tenant_key(&mut session, scope).await? else {
            return Ok(ListPage::default());
        };
        let Selected { filter, search, now } = request.selected;
        let recheck = Recheck::of(filter, search, now);
        recheck.takes_long(request.patience)?;
        let mut filling = Filling {
            store: self,
            request,
            recheck: &recheck,
            page: ListPage::default(),
            bytes: 0,
            skip: if recheck.is_needed() { request.skip } else { 0 },
            last: None,
            seen: 0,
            full: false,
        };
        let mut after = request.after.cloned();
        loop {
            // One row more than asked for tells whether a next page has anything in it.
            let rows = if recheck.is_needed() { LOOK } else { request.limit.saturating_add(1) };
            let skip = if recheck.is_needed() { 0 } else { request.skip };
            let statement = query::select(
                session.dialect(),
                tenant,
                request,
                recheck.filter.as_deref(),
                after.as_ref(),
                (rows, skip),
            )?;
            filling.seen = 0;
            session.each_until(&statement.sql, &statement.values, |row| filling.take(row)).await?;
            if filling.full || !recheck.is_needed() || filling.seen < rows {
                break;
            }
            in_time(request.patience)?;
            after = filling.last.take();
        }
        Ok(filling.page)
    }

    /// How the engine goes about a list, in its own words.
    ///
    /// # Errors
    /// As [`Store::list`].
    pub async fn plan(
        &self,
        scope: TenantScope,
        request: &ListRequest<'_>,
    ) -> Result<Vec<String>, StoreError> {
        let mut reader = self.reader(Some(request.patience)).await?;
        let mut session = reader.session()?;
        let Some(tenant) = self.tenant_key(&mut session, scope).await? else { return Ok(Vec::new()) };
        let Selected { filter, search, now } = request.selected;
        let filter = Recheck::of(filter, search, now).filter;
        let rows = (request.limit.saturating_add(1), request.skip);
        let statement =
            query::select(session.dialect(), tenant, request, filter.as_deref(), request.after, rows)?;
        let (explain, column) = match session.dialect() {
            Dialect::Sqlite => ("EXPLAIN QUERY PLAN", 3),
            Dialect::Postgres => ("EXPLAIN (COSTS OFF)", 0),
        };
        let text = format!("{explain} {}", statement.sql);
        session.all(&text, &statement.values, |row| Ok(row.text(column)?.trim_end().to_owned())).await
    }

    /// How many actions are selected.
    ///
    /// # Errors
    /// As [`Store::list`].
    pub async fn count(
        &self,
        scope: TenantScope,
        selected: Selected<'_>,
        patience: Patience,
    ) -> Result<u64, StoreError> {
        let mut reader = self.reader(Some(patience)).await?;
        let mut session = reader.session()?;
        let Some(tenant) = self.tenant_key(&mut session, scope).await? else { return Ok(0) };
        let Selected { filter, search, now } = selected;
        let recheck = Recheck::of(filter, search, now);
        recheck.takes_long(patience)?;
        if recheck.is_needed() {
            return count_again(&mut session, tenant, selected, &recheck, patience).await;
        }
        let statement = query::count(session.dialect(), tenant, recheck.filter.as_deref(), now)?;
        let count = session.first(&statement.sql, &statement.values, |row| row.integer(0)).await?;
        Ok(count.and_then(|count| u64::try_from(count).ok()).unwrap_or(0))
    }
}

/// Counts the rows that are selected when they are looked at again.
async fn count_again(
    session: &mut Session<'_>,
    tenant: i64,
    selected: Selected<'_>,
    recheck: &Recheck<'_>,
    patience: Patience,
) -> Result<u64, StoreError> {
    let request = ListRequest { selected, order_by: &[], after: None, skip: 0, limit: LOOK, patience };
    let (mut count, mut after) = (0, None);
    loop {
        let filter = recheck.filter.as_deref();
        let statement =
            query::select(session.dialect(), tenant, &request, filter, after.as_ref(), (LOOK, 0))?;
        let (mut seen, mut last) = (0, None);
        session
            .each(&statement.sql, &statement.values, |row| {
                seen += 1;
                count += u64::from(recheck.admits(row.text_bytes(2)?)?);
                last = Some(place(row, &[])?);
                Ok(())
            })
            .await?;
        if seen < LOOK {
            return Ok(count);
        }
        in_time(patience)?;
        after = last;
    }
}

/// The place of a row out of [`query::LISTED`] and the keys of its order.
fn place(row: &Row<'_>, order_by: &[OrderKey]) -> Result<Place, StoreError> {
    let key = |(column, key): (usize, &OrderKey)| {
        Ok(if row.is_null(column)? {
            Scalar::Null
        } else if key.expr.property().is_some_and(query::is_id) {
            Scalar::Guid(row.uuid(column)?.as_u128())
        } else if key.expr.ty == Type::String {
            Scalar::Text(row.text(column)?.to_owned().into())
        } else {
            Scalar::Integer(row.integer(column)?)
        })
    };
    let keys = (3..).zip(order_by).map(key).collect::<Result<_, StoreError>>()?;
    Ok(Place { keys, id: row.uuid(0)? })
}

fn in_time(patience: Patience) -> Result<(), StoreError> {
    match patience {
        Patience::Until(deadline) if Instant::now() >= deadline => Err(StoreError::Deadline),
        Patience::Until(_) | Patience::Brief => Ok(()),
    }
}

impl Recheck<'_> {
    /// Refuses to look at rows again where that has to be brief.
    fn takes_long(&self, patience: Patience) -> Result<(), StoreError> {
        match patience {
            Patience::Brief if self.is_needed() => Err(StoreError::Deadline),
            Patience::Brief | Patience::Until(_) => Ok(()),
        }
    }
}

impl Store {
    /// An action out of [`query::LISTED`].
    fn listed(&self, row: &Row<'_>) -> Result<StoredAction, StoreError> {
        let id = ActionId(row.uuid(0)?);
        Ok(self.stored(id, row.integer(1)?, crate::store::document(row, 2)?))
    }
}
