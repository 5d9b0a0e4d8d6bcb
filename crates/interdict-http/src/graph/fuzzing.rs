//! What reads the text of requests, as fuzzing calls it (feature `fuzz`). Each answers whether the text was accepted.

use super::body::Purpose;
use super::{batch, path};

/// The path of an address.
#[must_use]
pub fn path(text: &str) -> bool {
    path::read(text).is_ok()
}

/// The body of `$batch`, with the addresses of its items.
#[must_use]
pub fn batch(bytes: &[u8]) -> bool {
    batch::fuzz(bytes).is_ok()
}

/// The body of a POST or PATCH, for whoever may send it.
#[must_use]
pub fn body(bytes: &[u8]) -> bool {
    let purposes = [(true, false, false), (true, true, true), (false, false, true), (false, true, false)];
    let decoded = purposes.map(|(create, provenance, strict)| {
        super::body::decode(bytes, Purpose { create, provenance, strict }).is_ok()
    });
    decoded.contains(&true)
}
