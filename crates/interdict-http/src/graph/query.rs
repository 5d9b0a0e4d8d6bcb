//! The query options of a read.

use interdict_model::edm::SECURITY_ACTION;
use interdict_odata::bind::bind_query;
use interdict_odata::{BoundQuery, QueryError, QueryErrorCode};

use super::Exchange;
use crate::{GraphError, GraphResult};

/// The options of the request.
///
/// # Errors
/// 400 with every fault found.
pub(super) fn bound(exchange: &Exchange<'_>) -> GraphResult<BoundQuery> {
    bind(exchange.parts.uri.query())
}

/// Options as they are written in an address.
///
/// # Errors
/// 400 with every fault found.
pub(super) fn bind(options: Option<&str>) -> GraphResult<BoundQuery> {
    match options {
        None | Some("") => Ok(BoundQuery::default()),
        Some(query) => bind_query(query, &SECURITY_ACTION).map_err(GraphError::of_query),
    }
}

/// The options of a read of one action: `$select` alone.
///
/// # Errors
/// 400 as [`bound`], and for options that a single action has no use for.
pub(super) fn of_one(exchange: &Exchange<'_>) -> GraphResult<BoundQuery> {
    let query = bound(exchange)?;
    let rows = [(query.filter.is_some(), "$filter"), (query.search.is_some(), "$search")];
    let rows = rows.into_iter().filter_map(|(given, name)| given.then_some(name));
    let unused = used_by_lists(&query).chain(rows).collect();
    refuse(unused, "one action is read with `$select` alone")?;
    Ok(query)
}

/// The options of `$count`: `$filter` and `$search`.
///
/// # Errors
/// 400 as [`bound`], and for options that a count has no use for.
pub(super) fn of_count(exchange: &Exchange<'_>) -> GraphResult<BoundQuery> {
    let query = bound(exchange)?;
    let unused = used_by_lists(&query).chain(query.select.is_some().then_some("$select")).collect();
    refuse(unused, "`$count` takes `$filter` and `$search`")?;
    refuse_format(&query, "`$count` is plain text")?;
    Ok(query)
}

/// Refuses `$format` where an answer has one form (OData 4.01 part 1, 11.2.10: not with `/$count`).
///
/// # Errors
/// 400 where it is there.
pub(super) fn refuse_format(query: &BoundQuery, why: &str) -> GraphResult<()> {
    refuse(query.format.iter().map(|_| "$format").collect(), why)
}

fn used_by_lists(query: &BoundQuery) -> impl Iterator<Item = &'static str> {
    [
        (!query.order_by.is_empty(), "$orderby"),
        (query.skip.is_some(), "$skip"),
        (query.top.is_some(), "$top"),
        (query.count, "$count"),
        (query.skip_token.is_some(), "$skiptoken"),
    ]
    .into_iter()
    .filter_map(|(given, name)| given.then_some(name))
}

fn refuse(options: Vec<&str>, why: &str) -> GraphResult<()> {
    if options.is_empty() {
        return Ok(());
    }
    let errors = options.into_iter().map(|option| QueryError {
        option: option.to_owned(),
        code: QueryErrorCode::Unsupported,
        position: None,
        message: format!("`{option}` means nothing here: {why}"),
    });
    Err(GraphError::of_query(errors.collect()))
}
