//! Skip tokens: opaque, authenticated, bound to the query.
//!
//! A token is base64url of: version (1 byte), epoch (4), the first 8 bytes of the query's digest, the instant of the list's
//! first page (8: `now()` of all of them), the last row's id (16), its keys of the order, and the first 16 bytes of
//! HMAC-SHA256 over all of these. A key is a byte that says what it is (0 null, 1 a number, 2 a text, 3 a GUID), and 8
//! bytes, a length of 4 and UTF-8, or 16 bytes. Integers are big-endian.

#[cfg(feature = "fuzz")]
pub mod fuzzing;

use std::sync::Arc;

use arc_swap::ArcSwap;
use aws_lc_rs::{constant_time, digest, hmac};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use interdict_model::key::{KeyKind, SharedKey};
use interdict_model::{TenantId, Timestamp};
use interdict_odata::query::Scalar;
use interdict_odata::{BoundQuery, QueryErrorCode};
use interdict_store::Place;
use uuid::Uuid;

use crate::Error;
use crate::lists::query_error;

const VERSION: u8 = 2;
const CODE: usize = 16;

/// Makes and reads the skip tokens of one store.
#[derive(Debug)]
pub(crate) struct Pages {
    born_with: [u8; 32],
    keys: ArcSwap<Keys>,
    epoch: u32,
}

/// The keys that tokens are accepted by; the one at `signs` makes them.
#[derive(Debug)]
struct Keys {
    accepted: Vec<hmac::Key>,
    signs: usize,
}

/// The name of the key that the store was born with.
pub(crate) const FIRST_KEY: &str = "first";

/// What a list selects, in which order; its tokens fit no other.
#[derive(Debug)]
pub(crate) struct Selection<'a> {
    pages: &'a Pages,
    digest: [u8; 8],
}

impl Pages {
    pub(crate) fn new(born_with: &[u8; 32], epoch: u32) -> Self {
        let keys = Keys::of(born_with, &[], Timestamp::from_ticks(0));
        Self { born_with: *born_with, keys: ArcSwap::from_pointee(keys), epoch }
    }

    /// Goes by what the nodes share, as it is at `now`.
    pub(crate) fn adopt(&self, shared: &[SharedKey], now: Timestamp) {
        self.keys.store(Arc::new(Keys::of(&self.born_with, shared, now)));
    }

    /// What `query` selects in which order, its order being given.
    pub(crate) fn selection(&self, tenant: TenantId, query: &BoundQuery) -> Selection<'_> {
        let mut context = digest::Context::new(&digest::SHA256);
        context.update(tenant.as_bytes());
        // Two that have one text mean the same; what ends each is in none of them.
        let filter = query.filter.as_ref().map(ToString::to_string);
        let search = query.search.as_ref().map(ToString::to_string);
        for part in [filter, search] {
            context.update(part.unwrap_or_default().as_bytes());
            context.update(&[0]);
        }
        for key in &query.order_by {
            context.update(key.expr.to_string().as_bytes());
            context.update(&[0, u8::from(key.descending)]);
        }
        let mut digest = [0; 8];
        for (kept, byte) in digest.iter_mut().zip(context.finish().as_ref()) {
            *kept = *byte;
        }
        Selection { pages: self, digest }
    }
}

impl Keys {
    fn of(born_with: &[u8; 32], shared: &[SharedKey], now: Timestamp) -> Self {
        let shared = || shared.iter().filter(|key| key.kind == KeyKind::SkipToken);
        let first_is_revoked = shared().any(|key| key.id == FIRST_KEY && key.revoked.is_some());
        let (mut accepted, mut signs) = (Vec::new(), 0);
        if !first_is_revoked {
            accepted.push(hmac::Key::new(hmac::HMAC_SHA256, born_with));
        }
        for key in shared().filter(|key| key.id != FIRST_KEY && key.revoked.is_none()) {
            if key.is_usable(now) {
                signs = accepted.len();
            }
            accepted.push(hmac::Key::new(hmac::HMAC_SHA256, &key.secret));
        }
        Self { accepted, signs }
    }
}

/// Where a list goes on.
#[derive(Debug)]
pub(crate) struct Continued {
    /// Behind the last row of the page before.
    pub(crate) place: Place,
    /// When its first page was read.
    pub(crate) now: Timestamp,
}

impl Selection<'_> {
    /// The token of the page that goes on there.
    pub(crate) fn token(&self, continued: &Continued) -> String {
        let Continued { place, now } = continued;
        let mut bytes = vec![VERSION];
        bytes.extend(self.pages.epoch.to_be_bytes());
        bytes.extend(self.digest);
        bytes.extend(now.ticks().to_be_bytes());
        bytes.extend(place.id.as_bytes());
        for key in &place.keys {
            put(&mut bytes, key);
        }
        let keys = self.pages.keys.load();
        if let Some(key) = keys.accepted.get(keys.signs) {
            bytes.extend(hmac::sign(key, &bytes).as_ref().iter().take(CODE));
        }
        URL_SAFE_NO_PAD.encode(bytes)
    }

    /// Where the token's page goes on.
    pub(crate) fn after(&self, token: &str) -> Result<Continued, Error> {
        let fault = |message| query_error("$skiptoken", QueryErrorCode::SyntaxError, message);
        let forged =
            || fault("the skip token is not one of this server; follow `@odata.nextLink` as it was given");
        let bytes = URL_SAFE_NO_PAD.decode(token).map_err(|_| forged())?;
        let signed = bytes.len().checked_sub(CODE).ok_or_else(forged)?;
        let (signed, code) = bytes.split_at_checked(signed).ok_or_else(forged)?;
        let made_by = |key: &hmac::Key| {
            let expected = hmac::sign(key, signed);
            let expected = expected.as_ref().get(..CODE);
            expected.is_some_and(|it| constant_time::verify_slices_are_equal(it, code).is_ok())
        };
        if !self.pages.keys.load().accepted.iter().any(made_by) {
            return Err(forged());
        }
        let mut rest = signed;
        if take::<1>(&mut rest) != Some([VERSION]) {
            return Err(forged());
        }
        if take(&mut rest).map(u32::from_be_bytes) != Some(self.pages.epoch) {
            return Err(fault("the store was restored since this skip token was made; begin the list again"));
        }
        if take(&mut rest) != Some(self.digest) {
            return Err(fault(
                "the skip token belongs to another query; repeat its `$filter`, `$search` and `$orderby`, or begin the list again",
            ));
        }
        let now = take(&mut rest).map(i64::from_be_bytes).map(Timestamp::from_ticks).ok_or_else(forged)?;
        let id = take(&mut rest).map(Uuid::from_bytes).ok_or_else(forged)?;
        let mut keys = Vec::new();
        while !rest.is_empty() {
            keys.push(key(&mut rest).ok_or_else(forged)?);
        }
        Ok(Continued { place: Place { keys, id }, now })
    }
}

fn put(bytes: &mut Vec<u8>, key: &Scalar<'_>) {
    match key {
        Scalar::Integer(number) | Scalar::Ticks(number) => {
            bytes.push(1);
            bytes.extend(number.to_be_bytes());
        }
        Scalar::Text(text) => {
            bytes.push(2);
            bytes.extend(u32::try_from(text.len()).unwrap_or(u32::MAX).to_be_bytes());
            bytes.extend(text.as_bytes());
        }
        Scalar::Guid(guid) => {
            bytes.push(3);
            bytes.extend(guid.to_be_bytes());
        }
        // The store gives no others.
        _ => bytes.push(0),
    }
}

fn key(rest: &mut &[u8]) -> Option<Scalar<'static>> {
    Some(match take::<1>(rest)? {
        [0] => Scalar::Null,
        [1] => Scalar::Integer(i64::from_be_bytes(take(rest)?)),
        [2] => {
            let length = usize::try_from(u32::from_be_bytes(take(rest)?)).ok()?;
            let (text, after) = rest.split_at_checked(length)?;
            *rest = after;
            Scalar::Text(String::from_utf8(text.to_vec()).ok()?.into())
        }
        [3] => Scalar::Guid(u128::from_be_bytes(take(rest)?)),
        _ => return None,
    })
}

fn take<const N: usize>(bytes: &mut &[u8]) -> Option<[u8; N]> {
    let (taken, rest) = bytes.split_first_chunk::<N>()?;
    *bytes = rest;
    Some(*taken)
}
