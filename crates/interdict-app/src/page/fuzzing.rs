//! Skip tokens as fuzzing reads them (feature `fuzz`).

use interdict_model::TenantId;
use interdict_odata::BoundQuery;
use uuid::Uuid;

use super::{Pages, Purpose};

const KEY: [u8; 32] = [7; 32];
const EPOCH: u32 = 1;

/// Reads the text as a token; then the same bytes as what stands in a token behind its digest, signed as only the server
/// could. Answers that token and how the place that it names is written, where it names one.
#[must_use]
pub fn token(bytes: &[u8]) -> Option<(String, String)> {
    let pages = Pages::new(&KEY, EPOCH);
    let selection = pages.selection(TenantId(Uuid::nil()), &BoundQuery::default());
    if let Ok(text) = str::from_utf8(bytes) {
        drop(selection.after(text));
    }
    let token = selection.seal(Purpose::List, bytes);
    let continued = selection.after(&token).ok()?;
    let written = selection.token(&continued);
    Some((token, written))
}
