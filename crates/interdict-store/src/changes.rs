//! What became of a tenant's actions since a position in its journal.
//!
//! An action that changed several times is told of once, as it is now, at its last entry: its row names it. So it need not
//! be known which entries went before, and a page needs no more memory than its rows.

use std::collections::HashSet;
use std::ops::ControlFlow;
use std::time::{Duration, Instant};

use bytes::Bytes;
use interdict_model::journal::Kind;
use interdict_model::{ActionId, Entity, TenantScope, document};
use interdict_odata::eval;
use interdict_odata::query::Expr;
use uuid::Uuid;

use crate::engine::{Row, Session};
use crate::list::{BRIEF_BYTES, PAGE_BYTES};
use crate::{Patience, Store, StoreError, StoredAction, rows};

/// Entries that one page looks at before it ends with what it has.
const LOOKED_AT: i64 = 20_000;
/// Entries that one statement looks at, where a page may have fewer rows. Between two of them the time is looked at.
const LOOK: u32 = 100;
/// A page that found nothing goes on looking until so much of its time is left.
const SPARE: Duration = Duration::from_secs(1);

const LAST: &str = "SELECT sequence FROM head WHERE tenant = $1";
/// Two reads by key beside each entry, whatever an engine thinks of its tables. The document is read where it is told of:
/// at the action's last entry, or at any one where the action has changed since the end of the round.
const ENTRIES: &str = "SELECT journal.sequence, journal.subject, journal.kind, \
     (SELECT action.sequence FROM action WHERE action.tenant = journal.tenant AND action.id = journal.subject), \
     (SELECT action.doc FROM action WHERE action.tenant = journal.tenant AND action.id = journal.subject \
      AND (action.sequence <= journal.sequence OR action.sequence > $1)) \
     FROM journal WHERE journal.tenant = $2 AND journal.sequence > $3 AND journal.sequence <= $4 \
     ORDER BY journal.sequence";

/// Which changes.
#[derive(Clone, Copy, Debug)]
pub struct ChangesRequest<'a> {
    /// The sequence of the entry behind which they begin.
    pub after: i64,
    /// That of the entry with which they end; without it, of the last one that there is.
    pub until: Option<i64>,
    /// Actions for which it does not hold count as absent.
    pub filter: Option<&'a Expr>,
    /// What `now()` is, in ticks of 100 ns since 1970.
    pub now: i64,
    /// Rows at the most.
    pub limit: u32,
    /// How long it may take.
    pub patience: Patience,
}

/// What became of an action.
#[derive(Clone, Debug)]
pub enum Change {
    /// It is there, like this.
    Present(StoredAction),
    /// It was removed.
    Deleted(ActionId),
    /// The filter does not hold for it.
    Unselected(ActionId),
}

/// A page of changes.
#[derive(Clone, Debug, Default)]
pub struct ChangesPage {
    /// The rows, by the place of each action's last entry.
    pub changes: Vec<Change>,
    /// The entry that it looked at last.
    pub reached: i64,
    /// The entry with which the changes end.
    pub until: i64,
}

/// A page that is being filled.
struct Filling<'a> {
    store: &'a Store,
    request: &'a ChangesRequest<'a>,
    page: ChangesPage,
    /// Actions that the page tells of.
    told: HashSet<Uuid>,
    bytes: usize,
    full: bool,
}

impl Store {
    /// The sequence of the last entry of the tenant's journal; 0 where it has none.
    ///
    /// # Errors
    /// As [`Store::journal_page`].
    pub async fn position(&self, scope: TenantScope, patience: Patience) -> Result<i64, StoreError> {
        let mut reader = self.reader(Some(patience)).await?;
        let mut session = reader.session()?;
        let Some(tenant) = self.tenant_key(&mut session, scope).await? else { return Ok(0) };
        last(&mut session, tenant).await
    }

    /// Whether the tenant's journal has every entry behind that one.
    ///
    /// # Errors
    /// As [`Store::journal_page`].
    pub async fn remembers(
        &self,
        scope: TenantScope,
        after: i64,
        patience: Patience,
    ) -> Result<bool, StoreError> {
        let mut reader = self.reader(Some(patience)).await?;
        let mut session = reader.session()?;
        let Some(tenant) = self.tenant_key(&mut session, scope).await? else { return Ok(after == 0) };
        Ok(pruned(&mut session, tenant).await? <= after && after <= last(&mut session, tenant).await?)
    }

    /// A page of what became of actions; `None` where the journal has not every entry of that, since it was pruned, or
    /// since it is not the one of which `after` was told.
    ///
    /// # Errors
    /// As [`Store::journal_page`]; [`StoreError::Corrupt`] where a document cannot be read.
    pub async fn changes_page(
        &self,
        scope: TenantScope,
        request: &ChangesRequest<'_>,
    ) -> Result<Option<ChangesPage>, StoreError> {
        let ChangesRequest { after, patience, .. } = *request;
        let lacking = || match patience {
            // What a brief reader sees may be a moment old.
            Patience::Brief => Err(StoreError::Deadline),
            Patience::Until(_) => Ok(None),
        };
        let mut reader = self.reader(Some(patience)).await?;
        let mut session = reader.session()?;
        let Some(tenant) = self.tenant_key(&mut session, scope).await? else {
            return if after == 0 { Ok(Some(ChangesPage::default())) } else { lacking() };
        };
        let last = last(&mut session, tenant).await?;
        let until = request.until.unwrap_or(last);
        if until.max(after) > last {
            return lacking();
        }
        let page = ChangesPage { changes: Vec::new(), reached: after, until };
        let mut filling = Filling { store: self, request, page, told: HashSet::new(), bytes: 0, full: false };
        while !filling.full && filling.page.reached < until {
            let end = filling.page.reached.saturating_add(request.limit.max(LOOK).into()).min(until);
            let values = [until.into(), tenant.into(), filling.page.reached.into(), end.into()];
            session.each_until(ENTRIES, &values, |row| filling.take(row)).await?;
            if !filling.full {
                filling.page.reached = end;
                filling.full = filling.is_enough();
            }
        }
        // Looked at last: entries may have been removed while they were read.
        Ok((pruned(&mut session, tenant).await? <= after).then_some(filling.page))
    }
}

impl Filling<'_> {
    fn take(&mut self, row: &Row<'_>) -> Result<ControlFlow<()>, StoreError> {
        let limit = usize::try_from(self.request.limit).unwrap_or(usize::MAX);
        if self.page.changes.len() >= limit || self.bytes >= PAGE_BYTES {
            self.full = true;
            return Ok(ControlFlow::Break(()));
        }
        let (sequence, id) = (row.integer(0)?, row.uuid(1)?);
        let change = if !row.is_null(4)? {
            self.present(row, id)?
        } else if row.is_null(3)? && row.integer(2)? == i64::from(Kind::Deleted.number()) {
            Some(Change::Deleted(ActionId(id)))
        } else {
            // A later entry tells of it, in this round or in the next; or it is no action.
            None
        };
        if let Some(change) = change
            && self.told.insert(id)
        {
            self.page.changes.push(change);
        }
        self.page.reached = sequence;
        Ok(ControlFlow::Continue(()))
    }

    fn present(&mut self, row: &Row<'_>, id: Uuid) -> Result<Option<Change>, StoreError> {
        if self.told.contains(&id) {
            return Ok(None);
        }
        let text = row.text_bytes(4)?;
        if !self.admits(text)? {
            return Ok(Some(Change::Unselected(ActionId(id))));
        }
        self.bytes += text.len();
        if self.bytes >= BRIEF_BYTES
            && matches!(self.request.patience, Patience::Brief)
            && self.store.blocks()
        {
            return Err(StoreError::Deadline);
        }
        let document = Bytes::copy_from_slice(text);
        Ok(Some(Change::Present(self.store.stored(ActionId(id), row.integer(3)?, document))))
    }

    fn admits(&self, text: &[u8]) -> Result<bool, StoreError> {
        let Some(filter) = self.request.filter else { return Ok(true) };
        let damaged = |error: &dyn std::fmt::Display| {
            StoreError::Corrupt(format!("a document cannot be read: {error}"))
        };
        let text = std::str::from_utf8(text).map_err(|error| damaged(&error))?;
        let action = document::parse(text).map_err(|error| damaged(&error))?;
        Ok(eval::selects(filter, &Entity::of(&action), self.request.now))
    }

    /// Whether the page ends where it is, though there is more. One without rows goes on: some clients take it for the
    /// last.
    fn is_enough(&self) -> bool {
        let looked_at = self.page.reached.saturating_sub(self.request.after);
        let late = match self.request.patience {
            Patience::Until(deadline) => Instant::now() + SPARE >= deadline,
            Patience::Brief => false,
        };
        late || looked_at >= LOOKED_AT && !self.page.changes.is_empty()
    }
}

async fn last(session: &mut Session<'_>, tenant: i64) -> Result<i64, StoreError> {
    Ok(session.first(LAST, &[tenant.into()], |row| row.integer(0)).await?.unwrap_or(0))
}

/// The sequence up to which entries may have been removed; 0 where none were.
async fn pruned(session: &mut Session<'_>, tenant: i64) -> Result<i64, StoreError> {
    let pruning = session.first(rows::PRUNING, &[tenant.into()], rows::pruning).await?;
    Ok(pruning.map_or(0, |pruning| pruning.sequence))
}
