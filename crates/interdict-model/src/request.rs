//! `@interdict.request`: what the filer of an action asks for beside the action itself.

use serde::{Deserialize, Serialize};

use crate::{Fault, FaultCode, Timestamp, limits};

/// The longest duration that may be asked for, in seconds: ten years.
pub const LONGEST: i64 = 3_652 * 86_400;

/// What is asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Request {
    /// How long the effect is to last, in seconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub duration: Option<i64>,
    /// Until when the effect is to last.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub until: Option<Timestamp>,
    /// It is not to begin before.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub not_before: Option<Timestamp>,
    /// How long it may wait until it is begun, in seconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub start_by: Option<i64>,
    /// How long it may run, in seconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub run_for: Option<i64>,
    /// When it must be finished.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub finish_by: Option<Timestamp>,
    /// 0 to 9, the higher first.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub priority: Option<u8>,
    /// Whether only to say what would happen.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub dry_run: bool,
    /// Whether an action of a migration is to be carried out.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub execute: bool,
    /// Why, for whoever approves or reads it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub comment: Option<String>,
}

impl Request {
    /// Whether nothing is asked for.
    #[must_use]
    pub fn is_default(&self) -> bool {
        *self == Self::default()
    }

    /// What is wrong with it at `now`.
    #[must_use]
    pub fn faults(&self, now: Timestamp) -> Vec<Fault> {
        let mut faults = Vec::new();
        let mut add = |code, member: &str, message: String| {
            faults.push(Fault::new(code, format!("@interdict.request/{member}"), message));
        };
        for (member, seconds) in
            [("duration", self.duration), ("startBy", self.start_by), ("runFor", self.run_for)]
        {
            if seconds.is_some_and(|seconds| !(1..=LONGEST).contains(&seconds)) {
                let message = format!("`{member}` must lie between PT1S and P3652D");
                add(FaultCode::InvalidValue, member, message);
            }
        }
        for (member, instant) in [("until", self.until), ("finishBy", self.finish_by)] {
            if instant.is_some_and(|instant| instant <= now) {
                add(FaultCode::InvalidValue, member, format!("`{member}` is past: it is {now}"));
            }
        }
        if self.duration.is_some() && self.until.is_some() {
            let message = "say either `duration` or `until`".to_owned();
            add(FaultCode::InvalidValue, "until", message);
        }
        if let Some(begin) = self.not_before
            && [self.until, self.finish_by].into_iter().flatten().any(|end| end <= begin)
        {
            let message = "`notBefore` is not before the end that is asked for".to_owned();
            add(FaultCode::InvalidValue, "notBefore", message);
        }
        if self.priority.is_some_and(|priority| priority > 9) {
            add(FaultCode::InvalidValue, "priority", "`priority` must lie between 0 and 9".to_owned());
        }
        if self.comment.as_ref().is_some_and(|text| text.chars().count() > limits::ACTION_REASON) {
            let message = format!("longer than {} characters", limits::ACTION_REASON);
            add(FaultCode::TooLong, "comment", message);
        }
        faults
    }
}
