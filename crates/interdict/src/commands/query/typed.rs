//! Query strings as people type them in a shell, made into what stands in an address.

use std::borrow::Cow;
use std::fmt::Write as _;

/// The query string as an address has it.
///
/// What has white space in it was typed, and never stood in an address: there a plus sign is a plus sign, a percent sign
/// that begins no encoded byte is one too, and `&` and `#` within single quotes are text. Everything else is taken as it
/// is. Of a whole address, what stands behind `?` counts.
pub(super) fn in_address(given: &str) -> Cow<'_, str> {
    let given = given.trim();
    let whole = ["http://", "https://", "/"].iter().any(|start| given.starts_with(start));
    let query = match given.split_once('?') {
        Some(("", query)) => query,
        Some((_, query)) if whole => query,
        _ => given,
    };
    if query.contains(char::is_whitespace) { Cow::Owned(encoded(query)) } else { Cow::Borrowed(query) }
}

fn encoded(typed: &str) -> String {
    let mut out = String::with_capacity(typed.len() + 16);
    let mut quoted = false;
    for (at, character) in typed.char_indices() {
        let begins_byte = || {
            let mut digits = typed.bytes().skip(at + 1);
            (0..2).all(|_| digits.next().is_some_and(|digit| digit.is_ascii_hexdigit()))
        };
        quoted ^= character == '\'';
        match character {
            '+' | '&' | '%' => {
                let is_text = match character {
                    '&' => quoted,
                    '%' => !begins_byte(),
                    _ => true,
                };
                if is_text {
                    // A `String` takes everything.
                    let _ = write!(out, "%{:02X}", u32::from(character));
                } else {
                    out.push(character);
                }
            }
            other => out.push(other),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::in_address;

    #[test]
    fn what_is_typed_and_what_stands_in_an_address_are_told_apart_by_white_space() {
        for (given, expected) in [
            ("$filter=name+eq+'a%2Bb'&$top=5", "$filter=name+eq+'a%2Bb'&$top=5"),
            ("$filter=name eq 'a+b'", "$filter=name eq 'a%2Bb'"),
            ("$filter=name eq 'R&D' & $top=5", "$filter=name eq 'R%26D' & $top=5"),
            ("$filter=name eq 'o''n&'&$top=5", "$filter=name eq 'o''n%26'&$top=5"),
            ("$filter=name eq '50%'", "$filter=name eq '50%25'"),
            ("$filter=name eq '50%25'", "$filter=name eq '50%25'"),
            ("$filter=name eq 'é%'", "$filter=name eq 'é%25'"),
            ("?$top=5", "$top=5"),
            ("https://host/v1.0/security/securityActions?$filter=a+eq+'?'", "$filter=a+eq+'?'"),
            ("$filter=name eq 'a?b'", "$filter=name eq 'a?b'"),
        ] {
            assert_eq!(in_address(given), expected, "{given}");
        }
    }
}
