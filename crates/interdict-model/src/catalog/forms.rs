//! The forms of values that are not names: addresses, hashes, paths, ids.

use super::IpRange;

/// Characters in an id.
const ID: usize = 256;

/// One address.
pub(super) fn address(text: &str) -> Option<String> {
    text.parse().ok().map(|address| IpRange::of(address).to_string())
}

/// One address, or a range.
pub(super) fn range(text: &str) -> Option<String> {
    IpRange::parse(text).map(|range| range.to_string())
}

/// Hexadecimal digits, as many as one of the lengths.
pub(super) fn hex(text: &str, lengths: &[usize]) -> Option<String> {
    let is_hex = lengths.contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    is_hex.then(|| text.to_ascii_lowercase())
}

/// Six octets: `02-00-5E-10-00-01`, `02:00:5e:10:00:01`, `0200.5e10.0001` or `02005e100001`.
pub(super) fn mac(text: &str) -> Option<String> {
    let groups = |separator: char, length: usize| text.split(separator).all(|group| group.len() == length);
    if !(groups(':', 2) || groups('-', 2) || groups('.', 4) || text.len() == 12) {
        return None;
    }
    let digits = hex(&text.replace([':', '-', '.'], ""), &[12])?;
    let mut written = String::with_capacity(17);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && at % 2 == 0 {
            written.push(':');
        }
        written.push(digit);
    }
    Some(written)
}

/// An opaque id: no blanks, no control characters.
pub(super) fn id(text: &str) -> Option<String> {
    let sound = !text.is_empty()
        && text.chars().count() <= ID
        && !text.chars().any(|c| c.is_whitespace() || c.is_control());
    sound.then(|| text.to_owned())
}

/// A path from its root. One with `..` is another path than it seems, so it must be said outright.
pub(super) fn path(text: &str) -> Option<String> {
    let mut start = text.chars();
    let from_root = match (start.next(), start.next(), start.next()) {
        (Some('/'), ..) | (Some('\\'), Some('\\'), Some(_)) => true,
        (Some(drive), Some(':'), Some('\\' | '/')) => drive.is_ascii_alphabetic(),
        _ => false,
    };
    let climbs = text.split(['/', '\\']).any(|part| part == "..");
    (from_root && !climbs && !text.chars().any(char::is_control)).then(|| text.to_owned())
}
