//! `$skip`, `$top`, `$count`, `$skiptoken`, `$deltatoken` and `$format`: single values.

use crate::error::{Fault, quoted};
use crate::limits;

pub(super) fn top(text: &str) -> Result<u32, Fault> {
    digits(text)?;
    // More digits than fit are more than the limit, too.
    let rows = text.parse().unwrap_or(u32::MAX);
    if (1..=limits::TOP).contains(&rows) {
        Ok(rows)
    } else {
        Err(Fault::limit(0, format!("`$top` is 1 to {}, not {}", limits::TOP, quoted(text))))
    }
}

/// How many rows to skip; a number that no collection has is as good as any larger one.
pub(super) fn skip(text: &str) -> Result<u64, Fault> {
    digits(text)?;
    Ok(text.parse().unwrap_or(u64::MAX))
}

/// Whether this is a whole number without a sign.
fn digits(text: &str) -> Result<(), Fault> {
    if let Some(at) = text.chars().position(|digit| !digit.is_ascii_digit()) {
        return Err(Fault::syntax(at, format!("{} is no number", quoted(text))));
    }
    if text.is_empty() {
        return Err(Fault::syntax(0, "a number is expected here"));
    }
    Ok(())
}

pub(super) fn count(text: &str) -> Result<bool, Fault> {
    if text.eq_ignore_ascii_case("true") {
        Ok(true)
    } else if text.eq_ignore_ascii_case("false") {
        Ok(false)
    } else {
        Err(Fault::syntax(0, format!("`$count` is `true` or `false`, not {}", quoted(text))))
    }
}

pub(super) fn token(text: &str) -> Result<String, Fault> {
    if text.is_empty() { Err(Fault::syntax(0, "the token is empty")) } else { Ok(text.to_owned()) }
}

pub(super) fn format(text: &str) -> Result<String, Fault> {
    if text.trim().is_empty() {
        return Err(Fault::syntax(0, "a format is expected here, such as `json`"));
    }
    Ok(text.to_owned())
}
