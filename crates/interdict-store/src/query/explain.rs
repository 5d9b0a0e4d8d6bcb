//! What the engines would be asked, for people. Nothing is read but the plan of an empty store in memory.

use std::path::Path;

use interdict_odata::BoundQuery;

use super::{Dialect, Recheck, Statement, count, select};
use crate::engine::sqlite::{Connection, Role};
use crate::engine::{Row, Session};
use crate::list::LOOK;
use crate::{ListRequest, Patience, Selected, StoreError, Value, migrate};

/// Stands for the tenant's small key.
const TENANT: i64 = 1;

/// What a list, and where it was asked for its count, is on both engines.
#[derive(Clone, Debug)]
pub struct Explanation {
    /// SQLite's statements, then PostgreSQL's.
    pub asked: Vec<Asked>,
    /// Whether the statement selects more rows than are wanted, and each is looked at again: a pattern or `$search`.
    pub rechecked: bool,
    /// What SQLite would do for the list in a store without statistics, a step a line, indented by what it is part of.
    pub plan: Vec<String>,
}

/// One statement.
#[derive(Clone, Debug)]
pub struct Asked {
    /// `SQLite` or `PostgreSQL`.
    pub engine: &'static str,
    /// Its text.
    pub sql: String,
    /// Its parameters, `$1` first: the tenant's small key, for which 1 stands here. Instants are in ticks of 100 ns since
    /// 1970, members of enumerations and booleans are numbers.
    pub parameters: Vec<String>,
}

/// The first page of a list.
struct Asking<'a> {
    request: ListRequest<'a>,
    recheck: Recheck<'a>,
    counts: bool,
}

/// What both engines would be asked for the first page of a list of `rows` rows, its order being given. `now()` is in
/// ticks of 100 ns since 1970.
///
/// # Errors
/// [`StoreError::Refused`] where [`unsupported`](super::unsupported) finds something.
pub fn asked(query: &BoundQuery, rows: u32, now: i64) -> Result<Vec<Asked>, StoreError> {
    Asking::of(query, rows, now).both()
}

/// Explains that page.
///
/// # Errors
/// As [`asked`]; others where SQLite fails.
pub async fn explain(query: &BoundQuery, rows: u32, now: i64) -> Result<Explanation, StoreError> {
    let asking = Asking::of(query, rows, now);
    let (asked, rechecked) = (asking.both()?, asking.recheck.is_needed());
    Ok(Explanation { asked, rechecked, plan: planned(&asking.list(Dialect::Sqlite)?).await? })
}

impl<'a> Asking<'a> {
    fn of(query: &'a BoundQuery, rows: u32, now: i64) -> Self {
        let selected = Selected { filter: query.filter.as_ref(), search: query.search.as_ref(), now };
        let request = ListRequest {
            selected,
            order_by: &query.order_by,
            after: None,
            skip: query.skip.unwrap_or(0),
            limit: rows,
            patience: Patience::Brief,
        };
        let recheck = Recheck::of(selected.filter, selected.search, now);
        Self { request, recheck, counts: query.count }
    }

    fn list(&self, dialect: Dialect) -> Result<Statement<'_>, StoreError> {
        // As `Store::list` has it: one row more, and where rows are looked at again, many and none left out.
        let ListRequest { limit, skip, .. } = self.request;
        let page = if self.recheck.is_needed() { (LOOK, 0) } else { (limit.saturating_add(1), skip) };
        select(dialect, TENANT, &self.request, self.recheck.filter.as_deref(), None, page)
    }

    fn both(&self) -> Result<Vec<Asked>, StoreError> {
        let mut asked = Vec::new();
        for dialect in [Dialect::Sqlite, Dialect::Postgres] {
            asked.push(shown(&self.list(dialect)?));
            if self.counts && !self.recheck.is_needed() {
                let (filter, now) = (self.recheck.filter.as_deref(), self.request.selected.now);
                asked.push(shown(&count(dialect, TENANT, filter, now)?));
            }
        }
        Ok(asked)
    }
}

fn shown(statement: &Statement<'_>) -> Asked {
    let parameter = |value: &Value<'_>| match value {
        Value::Integer(None) | Value::Text(None) => "NULL".to_owned(),
        Value::Integer(Some(number)) => number.to_string(),
        Value::Text(Some(text)) => format!("'{}'", text.replace('\'', "''")),
        Value::Uuid(id) => id.hyphenated().to_string(),
        Value::Bytes(bytes) => format!("{} bytes", bytes.len()),
    };
    Asked {
        engine: match statement.dialect {
            Dialect::Sqlite => "SQLite",
            Dialect::Postgres => "PostgreSQL",
        },
        sql: statement.sql.clone(),
        parameters: statement.values.iter().map(parameter).collect(),
    }
}

/// The steps of SQLite's plan: each has an id, and the id of what it is part of.
async fn planned(statement: &Statement<'_>) -> Result<Vec<String>, StoreError> {
    let mut connection = Connection::open(Path::new(":memory:"), None, Role::Write)?;
    migrate::migrate(&mut Session::Sqlite(&mut connection)).await?;
    let mut steps: Vec<(i64, usize)> = Vec::new();
    let mut lines = Vec::new();
    let explain = format!("EXPLAIN QUERY PLAN {}", statement.sql);
    let each = |row: &Row<'_>| {
        let (id, parent) = (row.integer(0)?, row.integer(1)?);
        let depth = steps.iter().find(|(known, _)| *known == parent).map_or(0, |(_, depth)| depth + 1);
        steps.push((id, depth));
        lines.push(format!("{}{}", "  ".repeat(depth), row.text(3)?));
        Ok(())
    };
    Session::Sqlite(&mut connection).each(&explain, &statement.values, each).await?;
    Ok(lines)
}

#[cfg(test)]
mod tests;
