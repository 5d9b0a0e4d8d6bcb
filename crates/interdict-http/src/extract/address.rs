//! The address as a whole.

use http::request::Parts;

use crate::{ErrorKind, GraphError, GraphResult};

/// Bytes of an address, query included.
const ADDRESS_MAX: usize = 32 * 1024;

/// Refuses an address that is too long.
///
/// # Errors
/// 414.
pub(crate) fn check_length(parts: &Parts) -> GraphResult<()> {
    let length = parts.uri.path_and_query().map_or(0, |address| address.as_str().len());
    if length > ADDRESS_MAX {
        return Err(GraphError::new(
            ErrorKind::UriTooLong,
            "The address is longer than 32 KiB: shorten the query options.",
        ));
    }
    Ok(())
}
