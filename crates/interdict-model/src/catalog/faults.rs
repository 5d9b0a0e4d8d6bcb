//! What definitions and guard rails are judged by alike.

use super::ParameterType;
use crate::{Fault, FaultCode, limits};

/// What was found wrong.
#[derive(Default)]
pub(crate) struct Faults(pub(crate) Vec<Fault>);

impl Faults {
    pub(crate) fn into_result(self) -> Result<(), Vec<Fault>> {
        if self.0.is_empty() { Ok(()) } else { Err(self.0) }
    }

    pub(crate) fn add(&mut self, code: FaultCode, target: impl Into<String>, message: impl Into<String>) {
        self.0.push(Fault::new(code, target, message));
    }

    pub(crate) fn invalid(&mut self, target: impl Into<String>, message: impl Into<String>) {
        self.add(FaultCode::InvalidValue, target, message);
    }

    pub(crate) fn length(&mut self, target: impl Into<String>, text: &str, most: usize) {
        if text.chars().count() > most {
            let target = target.into();
            let message = format!("`{target}` is longer than {most} characters");
            self.add(FaultCode::TooLong, target, message);
        }
    }

    pub(crate) fn count(&mut self, target: &str, count: usize, most: usize) {
        if count > most {
            self.add(FaultCode::TooLong, target, format!("`{target}` has more than {most} entries"));
        }
    }

    pub(crate) fn deadline(&mut self, target: &str, seconds: i64, longest: i64) {
        if !(1..=longest).contains(&seconds) {
            let longest = crate::duration::format(longest);
            self.invalid(target, format!("`{target}` must be a duration from `PT1S` to `{longest}`"));
        }
    }

    /// Who must agree.
    pub(crate) fn approval(&mut self, within: &str, required: u32, approvers: &[String], ttl: i64) {
        let enough = if approvers.is_empty() { limits::PEOPLE } else { approvers.len() };
        let required = usize::try_from(required).unwrap_or(usize::MAX);
        if required == 0 || required > enough {
            self.invalid(
                format!("{within}required"),
                format!("`{within}required` must be at least 1 and no more than may approve ({enough})"),
            );
        }
        self.ids(&format!("{within}approvers"), approvers);
        self.deadline(&format!("{within}ttl"), ttl, limits::DEADLINE_SECONDS);
    }

    /// Ids of people and apps.
    pub(crate) fn ids(&mut self, target: &str, ids: &[String]) {
        self.count(target, ids.len(), limits::PEOPLE);
        for (at, id) in ids.iter().enumerate() {
            if ParameterType::UserId.normalise(id).is_none() {
                let forms = ParameterType::UserId.forms();
                self.invalid(format!("{target}[{at}]"), format!("`{target}` must name {forms}"));
            }
        }
    }

    /// A name: a letter, then letters, digits, `.`, `_` and `-`.
    pub(crate) fn name(&mut self, target: impl Into<String>, name: &str, most: usize) {
        let target = target.into();
        let sound = name.starts_with(|c: char| c.is_ascii_alphabetic())
            && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-'));
        if name.is_empty() {
            self.add(FaultCode::Required, target.clone(), format!("`{target}` is required"));
        } else if !sound {
            self.invalid(
                target.clone(),
                format!(
                    "`{target}` must be a letter, then letters, digits, `.`, `_` and `-`, such as `BlockIp`"
                ),
            );
        }
        self.length(target, name, most);
    }
}
