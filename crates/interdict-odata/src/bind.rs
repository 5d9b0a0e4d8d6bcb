//! From option texts to a bound query.

use crate::edm::StructuredType;
use crate::{BoundQuery, QueryError};

/// Parses and binds the query string of a request (percent-encoded, without `?`).
///
/// # Errors
/// Every fault found, capped.
pub fn bind_query(_query: &str, _entity: &'static StructuredType) -> Result<BoundQuery, Vec<QueryError>> {
    todo!()
}
