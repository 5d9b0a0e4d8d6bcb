//! `Prefer` (RFC 7240): what the client would rather have.

use http::HeaderMap;

/// The preferences that are honoured; others are ignored, as the RFC says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Preferences {
    /// `return=`
    pub(crate) returns: Option<Return>,
    /// `handling=strict`: refuse what would otherwise be ignored.
    pub(crate) strict: bool,
    /// `odata.maxpagesize=`
    pub(crate) max_page_size: Option<u32>,
    /// `include-unknown-enum-members`; there are none to include.
    pub(crate) unknown_enum_members: bool,
    /// `include-annotations` that has `interdict.execution` in it: how an action is carried out is shown with it.
    pub(crate) execution: bool,
    /// `interdict.batch-body=base64`: the bodies within the answer to a batch as Microsoft's batch helpers read them.
    pub(crate) base64_items: bool,
}

/// What a write returns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Return {
    /// No body.
    Minimal,
    /// The entity.
    Representation,
}

impl Preferences {
    /// Reads every `Prefer` header; of a repeated preference the first counts.
    pub(crate) fn read(headers: &HeaderMap) -> Self {
        let mut preferences = Self::default();
        let mut handling = None;
        for value in headers.get_all("prefer") {
            let text = String::from_utf8_lossy(value.as_bytes());
            for preference in split_outside_quotes(&text, ',') {
                let preference = split_outside_quotes(preference, ';').next().unwrap_or_default();
                let (name, value) = preference.split_once('=').unwrap_or((preference, ""));
                let name = name.trim().to_ascii_lowercase();
                let value = value.trim().trim_matches('"').to_ascii_lowercase();
                match (&*name, &*value) {
                    ("return", "minimal") => {
                        preferences.returns.get_or_insert(Return::Minimal);
                    }
                    ("return", "representation") => {
                        preferences.returns.get_or_insert(Return::Representation);
                    }
                    ("handling", "strict" | "lenient") => {
                        handling.get_or_insert(value == "strict");
                    }
                    ("odata.maxpagesize" | "maxpagesize", size) if preferences.max_page_size.is_none() => {
                        preferences.max_page_size = size.parse().ok().filter(|size| *size > 0);
                    }
                    ("include-annotations" | "odata.include-annotations", patterns) => {
                        preferences.execution |= includes_execution(patterns);
                    }
                    ("interdict.batch-body", "base64") => preferences.base64_items = true,
                    ("include-unknown-enum-members", _) => preferences.unknown_enum_members = true,
                    _ => {}
                }
            }
        }
        preferences.strict = handling == Some(true);
        preferences
    }
}

/// Whether the patterns of `include-annotations` have `interdict.execution` in them (OData 4.01 part 1, 8.2.8.4): the most
/// specific one decides.
fn includes_execution(patterns: &str) -> bool {
    let matching = patterns.split(',').map(str::trim).filter_map(|pattern| {
        let (wanted, name) = pattern.strip_prefix('-').map_or((true, pattern), |name| (false, name));
        let rank = ["*", "interdict.*", "interdict.execution"].iter().position(|known| *known == name)?;
        Some((rank, wanted))
    });
    matching.max().is_some_and(|(_, wanted)| wanted)
}

fn split_outside_quotes(text: &str, separator: char) -> impl Iterator<Item = &str> {
    let mut quoted = false;
    text.split(move |character| {
        quoted ^= character == '"';
        character == separator && !quoted
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use super::*;

    fn check(headers: &[&'static str], expected: &Preferences) {
        let mut map = HeaderMap::new();
        for header in headers {
            map.append("prefer", header.parse().unwrap());
        }
        assert_eq!(Preferences::read(&map), *expected, "{headers:?}");
    }

    #[test]
    fn preferences_are_read_from_lists_quotes_and_several_headers() {
        let none = Preferences::default();
        let minimal = Preferences { returns: Some(Return::Minimal), ..none.clone() };
        check(&[], &none);
        check(&["return=minimal"], &minimal);
        check(&["RETURN = \"Minimal\"; foo=bar"], &minimal);
        check(&["respond-async, wait=5", "return=minimal,return=representation"], &minimal);
        check(&["x=\"a,return=representation\",return=minimal"], &minimal);
        check(&["return=other, handling, ,;="], &none);
        check(&["handling=strict"], &Preferences { strict: true, ..none.clone() });
        check(&["handling=lenient, handling=strict"], &none);
        check(&["odata.maxpagesize=5"], &Preferences { max_page_size: Some(5), ..none.clone() });
        check(&["maxpagesize=\"7\""], &Preferences { max_page_size: Some(7), ..none.clone() });
        check(&["odata.maxpagesize=0"], &none);
        check(&["odata.maxpagesize=99999999999"], &none);
        check(&["interdict.batch-body=base64"], &Preferences { base64_items: true, ..none.clone() });
        check(&["interdict.batch-body=hex"], &none);
        let execution = Preferences { execution: true, ..none.clone() };
        check(&["include-annotations=\"interdict.*\""], &execution);
        check(&["odata.include-annotations=\"*,-display.*\""], &execution);
        check(&["include-annotations=\"*,-interdict.execution\""], &none);
        check(&["include-annotations=\"display.*\""], &none);
        check(&["include-unknown-enum-members"], &Preferences { unknown_enum_members: true, ..none });
    }
}
