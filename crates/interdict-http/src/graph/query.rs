//! The query options of a read.

use interdict_model::edm::SECURITY_ACTION;
use interdict_odata::bind::bind_query;
use interdict_odata::{BoundQuery, QueryError, QueryErrorCode};

use super::Exchange;
use crate::extract::address;
use crate::extract::prefer::Preferences;
use crate::{GraphError, GraphResult};

/// Rows of a page where the client does not say.
const PAGE_SIZE: u32 = 100;

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

/// Has the page be as small as the client prefers; the size where that was done.
pub(super) fn prefer_size(query: &mut BoundQuery, preferences: &Preferences) -> Option<u32> {
    let asked = query.top.unwrap_or(PAGE_SIZE);
    let lowered = preferences.max_page_size.filter(|size| *size <= asked);
    query.top = lowered.or(query.top);
    lowered
}

/// Refuses a link that no request could carry, so that nobody is told to follow it.
///
/// # Errors
/// 400.
pub(super) fn check_link(link: &str) -> GraphResult<()> {
    if link.len() <= address::MAX {
        return Ok(());
    }
    let message = "there is more, whose address would be longer than 32 KiB: shorten the options, or ask for larger \
                   pages";
    Err(GraphError::bad_request("limitExceeded", "", message))
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
        (query.delta_token.is_some(), "$deltatoken"),
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
