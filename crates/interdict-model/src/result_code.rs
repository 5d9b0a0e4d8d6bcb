//! The `errorInfo` that the server itself writes: one fixed table, documented in `docs/reference/result-codes.md`.

use crate::action::ResultInfo;

/// A code of ours, and its name.
pub type ResultCode = (i32, &'static str);
/// `cancelled`: somebody cancelled the action before a provider finished it.
pub const CANCELLED: i32 = 1001;
/// `expired`: no provider began with the action in time.
pub const EXPIRED: ResultCode = (1002, "expired");
/// `timedOut`: a provider began with the action and did not finish in time.
pub const TIMED_OUT: ResultCode = (1003, "timedOut");
/// `unknown`: a provider began with the action and fell silent.
pub const UNKNOWN: ResultCode = (1004, "unknown");
/// `rejected`: somebody who was to approve the action refused it, or nobody approved in time.
pub const REJECTED: ResultCode = (1005, "rejected");
/// `attemptsUsedUp`: the provider fell silent at every attempt.
pub const ATTEMPTS_USED_UP: ResultCode = (1006, "attemptsUsedUp");
/// `protectedTarget`: the target was protected before the action was handed out.
pub const PROTECTED_TARGET: ResultCode = (1007, "protectedTarget");

/// `membersFailed`: some members of a fleet failed, or fell silent.
pub const MEMBERS_FAILED: ResultCode = (1008, "membersFailed");
/// `duplicate`: another action has the effect, and the definition has a second one refused.
pub const DUPLICATE: ResultCode = (1009, "duplicate");

/// The `errorInfo` of a cancelled action, with why it was cancelled where that is kept nowhere else.
#[must_use]
pub fn cancelled(by: &str, comment: Option<&str>) -> ResultInfo {
    let message = match comment {
        Some(comment) => format!("cancelled by {by}: {comment}"),
        None => format!("cancelled by {by}"),
    };
    ResultInfo { code: CANCELLED, message: Some(message), subcode: 0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_has_its_row_in_the_manual() {
        let page = include_str!("../../../docs/reference/result-codes.md");
        let others = [
            EXPIRED,
            TIMED_OUT,
            UNKNOWN,
            REJECTED,
            ATTEMPTS_USED_UP,
            PROTECTED_TARGET,
            MEMBERS_FAILED,
            DUPLICATE,
        ];
        let rows: Vec<_> = page.lines().filter(|line| line.starts_with("| 1")).collect();
        assert_eq!(rows.len(), others.len() + 1);
        for ((code, name), row) in [(CANCELLED, "cancelled")].into_iter().chain(others).zip(rows) {
            assert!(row.starts_with(&format!("| {code} | {name} | ")), "{row}");
        }
    }
}
