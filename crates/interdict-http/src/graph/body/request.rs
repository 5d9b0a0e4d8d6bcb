//! `@interdict.request`: what a filing asks for beside the action.

use interdict_model::request::Request;
use interdict_model::{FaultCode, Timestamp, duration};

use super::members::Faults;
use crate::json::Json;

/// The member's name.
pub(super) const NAME: &str = "@interdict.request";

/// Reads it; what is null asks for nothing.
pub(super) fn decode(value: &Json, faults: &mut Faults) -> Option<Request> {
    let members = match value {
        Json::Null => return None,
        Json::Object(members) => members,
        other => {
            faults.mismatch(NAME, "an object", other);
            return None;
        }
    };
    let mut request = Request::default();
    for (name, value) in members.iter().filter(|(name, value)| !name.contains('@') && *value != Json::Null) {
        let target = format!("{NAME}/{name}");
        match name.as_str() {
            "duration" => request.duration = seconds(value, &target, faults),
            "until" => request.until = instant(value, &target, faults),
            "notBefore" => request.not_before = instant(value, &target, faults),
            "startBy" => request.start_by = seconds(value, &target, faults),
            "runFor" => request.run_for = seconds(value, &target, faults),
            "finishBy" => request.finish_by = instant(value, &target, faults),
            "priority" => request.priority = priority(value, &target, faults),
            "dryRun" => request.dry_run = flag(value, &target, faults),
            "execute" => request.execute = flag(value, &target, faults),
            "comment" => request.comment = text(value, &target, faults).map(str::to_owned),
            _ => faults.add(
                FaultCode::UnknownProperty,
                &target,
                "there is no such member: it takes `duration`, `until`, `notBefore`, `startBy`, `runFor`, `finishBy`, \
                 `priority`, `dryRun`, `execute` and `comment`",
            ),
        }
    }
    Some(request)
}

fn text<'a>(value: &'a Json, target: &str, faults: &mut Faults) -> Option<&'a str> {
    match value {
        Json::String(text) => Some(text),
        other => {
            faults.mismatch(target, "a string", other);
            None
        }
    }
}

fn seconds(value: &Json, target: &str, faults: &mut Faults) -> Option<i64> {
    let seconds = duration::parse(text(value, target, faults)?);
    if seconds.is_none() {
        faults.add(FaultCode::InvalidValue, target, format!("`{target}` must be {}", duration::FORMS));
    }
    seconds
}

fn instant(value: &Json, target: &str, faults: &mut Faults) -> Option<Timestamp> {
    let date = Timestamp::parse_lenient(text(value, target, faults)?);
    if date.is_none() {
        let message = format!("`{target}` must be a date and time such as `2026-01-31T12:00:00Z`");
        faults.add(FaultCode::InvalidValue, target, message);
    }
    date.map(|date| date.instant)
}

fn priority(value: &Json, target: &str, faults: &mut Faults) -> Option<u8> {
    match value {
        Json::Integer(number) if (0..=9).contains(number) => u8::try_from(*number).ok(),
        Json::Integer(_) => {
            faults.add(FaultCode::InvalidValue, target, format!("`{target}` must lie between 0 and 9"));
            None
        }
        other => {
            faults.mismatch(target, "a whole number", other);
            None
        }
    }
}

fn flag(value: &Json, target: &str, faults: &mut Faults) -> bool {
    match value {
        Json::Bool(flag) => *flag,
        other => {
            faults.mismatch(target, "true or false", other);
            false
        }
    }
}
