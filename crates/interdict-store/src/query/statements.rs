//! The statements of a query without a store, for fuzzing and measurements (feature `statements`).

use interdict_odata::BoundQuery;

use super::{Dialect, Recheck, select};
use crate::{ListRequest, Patience, Selected, StoreError};

/// Rows of a page.
const ROWS: u32 = 100;

/// The statements that read a query's first page, on SQLite and on PostgreSQL. `now()` is in ticks of 100 ns since 1970.
///
/// # Errors
/// [`StoreError`] for what [`unsupported`](super::unsupported) names.
pub fn statements(query: &BoundQuery, now: i64) -> Result<[String; 2], StoreError> {
    let selected = Selected { filter: query.filter.as_ref(), search: query.search.as_ref(), now };
    let request = ListRequest {
        selected,
        order_by: &query.order_by,
        after: None,
        skip: query.skip.unwrap_or(0),
        limit: query.top.unwrap_or(ROWS),
        patience: Patience::Brief,
    };
    let recheck = Recheck::of(selected.filter, selected.search, now);
    let render = |dialect| {
        let filter = recheck.filter.as_deref();
        select(dialect, 1, &request, filter, None, (request.limit, request.skip)).map(|it| it.sql)
    };
    Ok([render(Dialect::Sqlite)?, render(Dialect::Postgres)?])
}
