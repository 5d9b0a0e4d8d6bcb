//! From a bound query to one statement. Every value is a parameter and every name comes from a table of ours, so nothing
//! that a client wrote is ever SQL text.

mod after;
mod explain;
mod expr;
mod parameters;
mod place;
mod recheck;
mod selective;

use interdict_odata::query::{Expr, ExprKind, OrderKey, Scalar};
use interdict_odata::{BoundQuery, QueryError, QueryErrorCode};
use uuid::Uuid;

pub use explain::{Asked, Explanation, asked, explain};
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
        statement.key(key)?;
    }
    statement.of_tenant();
    if let Some(place) = after {
        statement.after(request.order_by, place)?;
    }
    statement.filter(filter)?;
    statement.push(" ORDER BY ");
    // SQLite knows nothing of how many rows have a value: it is told not to read all of them in their order.
    let mut unindexed = dialect == Dialect::Sqlite && selective::selects_few(filter, request.order_by);
    for key in request.order_by {
        if std::mem::take(&mut unindexed) {
            statement.push("+");
        }
        statement.key(key)?;
        let nulls = match (dialect, place::is_nullable(&key.expr), key.descending) {
            // SQLite has it so by itself.
            (Dialect::Sqlite, ..) | (_, false, _) => "",
            (Dialect::Postgres, true, false) => " NULLS FIRST",
            (Dialect::Postgres, true, true) => " NULLS LAST",
        };
        statement.push(if key.descending { " DESC" } else { " ASC" });
        statement.push(nulls);
        statement.push(", ");
    }
    statement.push("action.id ASC LIMIT ");
    statement.parameter(i64::from(rows).into());
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
    statement.of_tenant();
    statement.filter(filter)?;
    Ok(statement)
}

impl<'a> Statement<'a> {
    /// What is common to all: one tenant's actions.
    fn of_tenant(&mut self) {
        self.push(" FROM action WHERE action.tenant = ");
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

    /// Each part of the filter by itself, so that engines see what an index can answer.
    fn filter(&mut self, filter: Option<&'a Expr>) -> Result<(), StoreError> {
        let Some(filter) = filter else { return Ok(()) };
        if let ExprKind::And(parts) = &filter.kind {
            return parts.iter().try_for_each(|part| self.filter(Some(part)));
        }
        if filter.literal() == Some(&Scalar::Boolean(true)) {
            return Ok(());
        }
        self.push(" AND ");
        self.expr(filter)?;
        self.parameters(filter)
    }

    /// A key of the order; booleans as numbers.
    fn key(&mut self, key: &'a OrderKey) -> Result<(), StoreError> {
        self.ordered(&key.expr)
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
