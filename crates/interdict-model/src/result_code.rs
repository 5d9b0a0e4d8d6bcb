//! The `errorInfo` that the server itself writes: one fixed table, documented in `docs/reference/result-codes.md`.

use crate::action::ResultInfo;

/// `cancelled`: somebody cancelled the action before a provider finished it.
pub const CANCELLED: i32 = 1001;

/// The `errorInfo` of a cancelled action.
#[must_use]
pub fn cancelled(by: &str) -> ResultInfo {
    ResultInfo { code: CANCELLED, message: Some(format!("cancelled by {by}")), subcode: 0 }
}
