//! `If-Match` and `If-None-Match` (RFC 9110, 13.1), compared weakly.

use http::{HeaderMap, HeaderName, header};
use interdict_model::Version;
use interdict_model::version::Precondition;

use crate::{GraphError, GraphResult};

/// The condition of a write.
///
/// # Errors
/// 400 for `If-None-Match`, which would be ignored otherwise.
pub(crate) fn of_write(headers: &HeaderMap) -> GraphResult<Precondition> {
    if headers.contains_key(header::IF_NONE_MATCH) {
        return Err(GraphError::bad_request(
            "unsupported",
            "If-None-Match",
            "`If-None-Match` is for reads: a change of a known version is asked for with `If-Match`.",
        ));
    }
    Ok(read(headers, &header::IF_MATCH))
}

/// Whether the client has this version already: the answer is 304.
pub(crate) fn has_already(headers: &HeaderMap, version: Version) -> bool {
    match read(headers, &header::IF_NONE_MATCH) {
        Precondition::None => false,
        condition @ (Precondition::Exists | Precondition::AnyOf(_)) => condition.admits(version),
    }
}

/// Whether `If-Match` of a read admits this version.
pub(crate) fn admits_read(headers: &HeaderMap, version: Version) -> bool {
    read(headers, &header::IF_MATCH).admits(version)
}

fn read(headers: &HeaderMap, name: &HeaderName) -> Precondition {
    if !headers.contains_key(name) {
        return Precondition::None;
    }
    let mut tags = Vec::new();
    for value in headers.get_all(name) {
        let mut rest = value.to_str().unwrap_or_default().trim();
        while !rest.is_empty() {
            let (tag, tail) = next_tag(rest);
            if tag == "*" {
                return Precondition::Exists;
            }
            tags.push(tag.trim_matches('"').to_owned());
            rest = tail;
        }
    }
    Precondition::AnyOf(tags)
}

/// The first tag of a list, without `W/`, and what follows its comma. A tag without quotes is taken as it is: it
/// matches, or it does not.
fn next_tag(list: &str) -> (&str, &str) {
    let list = list.trim_start_matches(|c: char| c == ',' || c.is_whitespace());
    let list = list.strip_prefix("W/").or_else(|| list.strip_prefix("w/")).unwrap_or(list);
    let mut quoted = false;
    let end = list.find(|c| {
        quoted ^= c == '"';
        c == ',' && !quoted
    });
    let (tag, tail) = end.and_then(|end| list.split_at_checked(end)).unwrap_or((list, ""));
    (tag.trim(), tail.trim_start_matches(|c: char| c == ',' || c.is_whitespace()))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use super::*;

    fn check(values: &[&'static str], admitted: bool) {
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append(header::IF_MATCH, value.parse().unwrap());
        }
        let version = Version { epoch: 0x5f, sequence: 12 };
        assert_eq!(of_write(&headers).unwrap().admits(version), admitted, "{values:?}");
    }

    #[test]
    fn tags_are_compared_weakly_in_any_list() {
        check(&[], true);
        check(&["*"], true);
        check(&["W/\"5f-12\""], true);
        check(&["\"5f-12\""], true);
        check(&["w/\"5f-12\""], true);
        check(&["5f-12"], true);
        check(&["\"a\", W/\"5f-12\" ,\"b\""], true);
        check(&["\"a,b\",\"c\"", "\"5f-12\""], true);
        check(&[""], false);
        check(&["W/\"5f-13\""], false);
        check(&["W/\"5F-12\""], false);
        check(&["\"a,5f-12\""], false);
        check(&[", ,"], false);
    }
}
