//! What a list would be understood as and what the engines would be asked, without a store.

use interdict_model::Timestamp;
use interdict_model::edm::SECURITY_ACTION;
use interdict_odata::BoundQuery;
pub use interdict_odata::QueryError;
pub use interdict_odata::explain::{Branch, Given};
use interdict_odata::explain::{read, tree};
pub use interdict_store::Asked;
use interdict_store::{StoreError, unsupported};

use crate::lists::{PAGE, newest_first};

/// A query, explained.
#[derive(Debug)]
pub struct Explained {
    /// The options as they were read, in the order given.
    pub given: Vec<Given>,
    /// Names that are no option and mean nothing.
    pub ignored: Vec<String>,
    /// What comes of it, or every fault that a server would answer with.
    pub outcome: Result<Outcome, Vec<QueryError>>,
}

/// What a query without fault comes to.
#[derive(Debug)]
pub struct Outcome {
    /// `$filter`, a node a line.
    pub filter: Vec<Branch>,
    /// `$search`, written out.
    pub search: Option<String>,
    /// The keys of the order, each a node a line, and whether it is descending.
    pub order_by: Vec<(Vec<Branch>, bool)>,
    /// Whether that order is the one of a list that names none.
    pub order_is_default: bool,
    /// Rows of a page.
    pub page: u32,
    /// Whether the query goes on from an earlier page, which is not explained: only the store can read its token.
    pub continued: bool,
    /// What the engines would be asked for the first page, and for the count.
    pub asked: Vec<Asked>,
    /// Whether rows are looked at again: a pattern or `$search`.
    pub rechecked: bool,
    /// SQLite's plan of the list.
    pub plan: Vec<String>,
}

/// Explains the query string of a list, as it stands in an address. `now()` is `now`.
///
/// # Errors
/// Where SQLite cannot plan in memory.
pub async fn explain(query: &str, now: Timestamp) -> Result<Explained, StoreError> {
    let reading = read(query, &SECURITY_ACTION);
    let checked = reading.bound.and_then(|bound| match unsupported(&bound) {
        Some(fault) => Err(vec![fault]),
        None => Ok(bound),
    });
    let outcome = match checked {
        Ok(bound) => Ok(outcome(bound, now).await?),
        Err(faults) => Err(faults),
    };
    Ok(Explained { given: reading.given, ignored: reading.ignored, outcome })
}

async fn outcome(mut query: BoundQuery, now: Timestamp) -> Result<Outcome, StoreError> {
    let order_is_default = query.order_by.is_empty();
    if order_is_default {
        query.order_by = newest_first();
    }
    let page = query.top.unwrap_or(PAGE);
    let store = interdict_store::explain(&query, page, now.ticks()).await?;
    Ok(Outcome {
        filter: query.filter.as_ref().map(tree).unwrap_or_default(),
        search: query.search.as_ref().map(ToString::to_string),
        order_by: query.order_by.iter().map(|key| (tree(&key.expr), key.descending)).collect(),
        order_is_default,
        page,
        continued: query.skip_token.is_some(),
        asked: store.asked,
        rechecked: store.rechecked,
        plan: store.plan,
    })
}
