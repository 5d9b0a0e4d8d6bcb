//! Skip tokens: opaque, authenticated, bound to the query.
//!
//! A token is base64url of: version (1 byte), epoch (4), the first 8 bytes of the query's digest, the last row's
//! creation in ticks (8) and its id (16), and the first 16 bytes of HMAC-SHA256 over all of these. Integers are
//! big-endian.

use std::sync::Arc;

use arc_swap::ArcSwap;
use aws_lc_rs::{constant_time, digest, hmac};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use interdict_model::key::{KeyKind, SharedKey};
use interdict_model::{ActionId, TenantId, Timestamp};
use interdict_odata::QueryErrorCode;
use interdict_odata::query::Expr;
use uuid::Uuid;

use crate::Error;
use crate::actions::query_error;

const VERSION: u8 = 1;
/// Bytes before the authentication code.
const SIGNED: usize = 37;
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

    pub(crate) fn selection(
        &self,
        tenant: TenantId,
        filter: Option<&Expr>,
        descending: bool,
    ) -> Selection<'_> {
        let mut context = digest::Context::new(&digest::SHA256);
        context.update(tenant.as_bytes());
        context.update(&[u8::from(descending)]);
        if let Some(filter) = filter {
            // Two filters with one text mean the same.
            context.update(filter.to_string().as_bytes());
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

impl Selection<'_> {
    /// The token of the page after the row with this key.
    pub(crate) fn token(&self, created: Timestamp, id: ActionId) -> String {
        let mut bytes = Vec::with_capacity(SIGNED + CODE);
        bytes.push(VERSION);
        bytes.extend(self.pages.epoch.to_be_bytes());
        bytes.extend(self.digest);
        bytes.extend(created.ticks().to_be_bytes());
        bytes.extend(id.as_bytes());
        let keys = self.pages.keys.load();
        if let Some(key) = keys.accepted.get(keys.signs) {
            bytes.extend(hmac::sign(key, &bytes).as_ref().iter().take(CODE));
        }
        URL_SAFE_NO_PAD.encode(bytes)
    }

    /// The key of the row that the token's page begins after.
    pub(crate) fn after(&self, token: &str) -> Result<(Timestamp, ActionId), Error> {
        let fault = |message| query_error("$skiptoken", QueryErrorCode::SyntaxError, message);
        let forged =
            || fault("the skip token is not one of this server; follow `@odata.nextLink` as it was given");
        let bytes = URL_SAFE_NO_PAD.decode(token).map_err(|_| forged())?;
        let (signed, code) = bytes.split_at_checked(SIGNED).ok_or_else(forged)?;
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
                "the skip token belongs to another query; repeat its `$filter` and `$orderby`, or begin the list again",
            ));
        }
        let created = take(&mut rest).map(i64::from_be_bytes).map(Timestamp::from_ticks);
        let id = take(&mut rest).map(Uuid::from_bytes).map(ActionId);
        created.zip(id).ok_or_else(forged)
    }
}

fn take<const N: usize>(bytes: &mut &[u8]) -> Option<[u8; N]> {
    let (taken, rest) = bytes.split_first_chunk::<N>()?;
    *bytes = rest;
    Some(*taken)
}
