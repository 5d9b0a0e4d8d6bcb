//! Lists: keyset pages over a bound query.

use std::time::Instant;

use interdict_model::{ActionId, TenantScope, Timestamp};
use interdict_odata::query::Filter;

use crate::{Store, StoreError, StoredAction};

/// One page of a list, ordered by `createdDateTime`, ties by id ascending.
#[derive(Clone, Debug)]
pub struct ListRequest<'a> {
    /// Which actions.
    pub filter: Option<&'a Filter>,
    /// Newest first.
    pub descending: bool,
    /// The last row of the page before.
    pub after: Option<(Timestamp, ActionId)>,
    /// Rows at the most.
    pub limit: u32,
    /// When to give up.
    pub deadline: Instant,
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
    pub fn list(&self, _scope: TenantScope, _request: &ListRequest<'_>) -> Result<ListPage, StoreError> {
        todo!()
    }

    /// How many actions the filter selects.
    ///
    /// # Errors
    /// As [`Store::list`].
    pub fn count(&self, _scope: TenantScope, _filter: Option<&Filter>, _deadline: Instant) -> Result<u64, StoreError> {
        todo!()
    }
}
