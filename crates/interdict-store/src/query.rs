//! From a bound query to one statement. Every value is a parameter and every name comes from a table of ours, so nothing
//! that a client wrote is ever SQL text.

mod after;
mod explain;
mod expr;
mod order;
mod parameters;
mod periods;
mod place;
mod ranges;
mod recheck;
mod selective;

use interdict_odata::query::{Expr, Scalar};
use interdict_odata::{BoundQuery, QueryError, QueryErrorCode};
use uuid::Uuid;

pub use explain::{Asked, Explanation, asked, explain};
use order::Keys;
use ranges::Ranges;
pub(crate) use recheck::Recheck;

use interdict_odata::query::Path;

use crate::value::Value;
use crate::{ListRequest, StoreError};

/// What the engines write differently.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Dialect {
    Sqlite,
    Postgres,
}

/// A statement and its parameters, `$1` first.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Statement<'a> {
    pub(crate) sql: String,
    pub(crate) values: Vec<Value<'a>>,
    dialect: Dialect,
    tenant: i64,
    /// What `now()` is, in ticks.
    now: i64,
}

/// Where a page ended: the keys of `$orderby` of its last row, and its id.
#[derive(Clone, Debug, PartialEq)]
pub struct Place {
    /// A value for each key.
    pub keys: Vec<Scalar<'static>>,
    /// The row's id.
    pub id: Uuid,
}

/// Columns of a list before the keys of its order.
pub(crate) const LISTED: &str = "action.id, action.sequence, action.doc";

/// The statement that reads `rows` rows of a list: [`LISTED`] and the keys of its order, from `after` on.
pub(crate) fn select<'a>(
    dialect: Dialect,
    tenant: i64,
    request: &ListRequest<'a>,
    filter: Option<&'a Expr>,
    after: Option<&'a Place>,
    (rows, skip): (u32, u64),
) -> Result<Statement<'a>, StoreError> {
    let mut statement = Statement {
        sql: format!("SELECT {LISTED}"),
        values: Vec::new(),
        dialect,
        tenant,
        now: request.selected.now,
    };
    for key in request.order_by {
        statement.push(", ");
        statement.ordered(&key.expr)?;
    }
    let ranges = Ranges::of(filter, request.order_by);
    statement.of_tenant(ranges.as_ref().map(|ranges| ranges.index));
    if let Some(place) = after {
        statement.after(request.order_by, place)?;
    }
    let merged = ranges.filter(|ranges| ranges.values.len() > 1);
    statement.filter(filter, merged.as_ref().map(|ranges| ranges.part))?;
    match merged {
        Some(ranges) => statement.merged(&ranges, request.order_by, u64::from(rows).saturating_add(skip))?,
        // SQLite knows nothing of how many rows have a value: it is told not to read all of them in their order.
        None if dialect == Dialect::Sqlite && selective::selects_few(filter, request.order_by) => {
            statement.order(request.order_by, Keys::Unindexed)?;
        }
        None => statement.order(request.order_by, Keys::Plain)?,
    }
    statement.push(" LIMIT ");
    if dialect == Dialect::Postgres && filter.is_none() && skip == 0 && order::is_of_index(request.order_by) {
        // Not knowing how many are wanted, PostgreSQL would plan it anew each time; here one way is best for all values.
        statement.push(&rows.to_string());
    } else {
        statement.parameter(i64::from(rows).into());
    }
    if skip > 0 {
        statement.push(" OFFSET ");
        statement.parameter(i64::try_from(skip).unwrap_or(i64::MAX).into());
    }
    Ok(statement)
}

/// The statement that counts what the filter selects.
pub(crate) fn count(
    dialect: Dialect,
    tenant: i64,
    filter: Option<&Expr>,
    now: i64,
) -> Result<Statement<'_>, StoreError> {
    let mut statement =
        Statement { sql: "SELECT count(*)".to_owned(), values: Vec::new(), dialect, tenant, now };
    statement.of_tenant(None);
    statement.filter(filter, None)?;
    Ok(statement)
}

impl<'a> Statement<'a> {
    /// What is common to all: one tenant's actions. SQLite knows nothing of which index has the least to read.
    fn of_tenant(&mut self, index: Option<&str>) {
        self.push(" FROM action");
        if let (Dialect::Sqlite, Some(index)) = (self.dialect, index) {
            self.push(" INDEXED BY ");
            self.push(index);
        }
        self.push(" WHERE action.tenant = ");
        self.parameter(self.tenant.into());
    }

    fn push(&mut self, sql: &str) {
        self.sql.push_str(sql);
    }

    /// Adds a parameter where the statement ends: SQLite numbers them by first appearance.
    fn parameter(&mut self, value: Value<'a>) {
        self.values.push(value);
        let number = self.values.len().to_string();
        self.push("$");
        self.push(&number);
    }

    /// Each part of the filter by itself, so that engines see what an index can answer; but for one that is asked otherwise.
    fn filter(&mut self, filter: Option<&'a Expr>, but: Option<&Expr>) -> Result<(), StoreError> {
        for part in filter.map(Expr::parts).unwrap_or_default() {
            let is_other = but.is_none_or(|but| !std::ptr::eq(but, part));
            if is_other && part.literal() != Some(&Scalar::Boolean(true)) {
                self.push(" AND ");
                self.expr(part)?;
                self.parameters(part)?;
                self.period(part)?;
            }
        }
        Ok(())
    }
}

/// Whether a path is that of the key.
pub(crate) fn is_id(path: &Path) -> bool {
    place::column(path) == Some("id")
}

/// The first thing in a query that no engine can be asked, where there is one.
#[must_use]
pub fn unsupported(query: &BoundQuery) -> Option<QueryError> {
    let parts = query.filter.iter().map(|filter| ("$filter", filter));
    let keys = query.order_by.iter().map(|key| ("$orderby", &key.expr));
    let error = |option: &str, at: usize, message: &str| QueryError {
        option: option.to_owned(),
        code: QueryErrorCode::Unsupported,
        position: Some(at),
        message: message.to_owned(),
    };
    // Rows that are looked at again are looked at without how they are carried out.
    let again = query.search.is_some() || query.filter.as_ref().is_some_and(recheck::asks_for_pattern);
    if again && let Some(expr) = query.filter.as_ref().and_then(place::asks_how_carried_out) {
        let message = "`phase`, `effectState` and `deadline` cannot be asked for together with `$search` or `matchesPattern`";
        return Some(error("$filter", expr.at, message));
    }
    for key in &query.order_by {
        if recheck::asks_for_pattern(&key.expr) {
            return Some(error("$orderby", key.expr.at, "`matchesPattern` is not supported in `$orderby`"));
        }
    }
    parts.chain(keys).find_map(|(option, expr)| {
        let fault = expr::fault(expr)?;
        Some(error(option, fault.at, fault.message))
    })
}

#[cfg(test)]
mod tests;
