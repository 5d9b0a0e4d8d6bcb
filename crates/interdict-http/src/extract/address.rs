//! The address as a whole.

use http::request::Parts;

use crate::{ErrorKind, GraphError, GraphResult};

/// Bytes of an address, query included.
pub(crate) const MAX: usize = 32 * 1024;

/// Refuses an address that is too long.
///
/// # Errors
/// 414.
pub(crate) fn check_length(parts: &Parts) -> GraphResult<()> {
    let length = parts.uri.path_and_query().map_or(0, |address| address.as_str().len());
    if length > MAX { Err(too_long()) } else { Ok(()) }
}

/// The refusal of an address that is too long.
pub(crate) fn too_long() -> Box<GraphError> {
    GraphError::new(ErrorKind::UriTooLong, "The address is longer than 32 KiB: shorten the query options.")
}
