//! Panics of handlers, which are answers too.

use std::panic::AssertUnwindSafe;

use futures_util::FutureExt as _;

/// Runs a future; a panic becomes its message.
pub(crate) async fn caught<T>(future: impl Future<Output = T>) -> Result<T, String> {
    // What a panic leaves half done is dropped with the future; shared state is behind its own locks.
    AssertUnwindSafe(future).catch_unwind().await.map_err(|panic| {
        let message = panic.downcast_ref::<String>().map(String::as_str);
        message.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("without a message").to_owned()
    })
}
