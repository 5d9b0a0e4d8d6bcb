//! Tokens of lists and of changes: opaque, authenticated, bound to the query.
//!
//! A token is base64url of: what it is for, which is also the version of what it holds (1 byte), epoch (4), the first 8
//! bytes of the query's digest, what it holds (`place`, `round`), and the first 16 bytes of HMAC-SHA256 over all of
//! these. Integers are big-endian.
//!
//! Where no key that is accepted made a token, it may still be told from one that nobody made: a revoked key made it; or it
//! has another epoch, as what another store made has, whose keys are not known here.

mod place;
mod round;

#[cfg(feature = "fuzz")]
pub mod fuzzing;

use std::sync::Arc;

use arc_swap::ArcSwap;
use aws_lc_rs::{constant_time, digest, hmac};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use interdict_model::key::{KeyKind, SharedKey};
use interdict_model::{TenantId, Timestamp};
use interdict_odata::BoundQuery;

pub(crate) use place::Continued;
pub(crate) use round::{Going, Since};

const CODE: usize = 16;

/// What a token is for. A change of what it holds takes a new number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
enum Purpose {
    /// The next page of a list.
    List = 2,
    /// The next page of all that there is, before changes.
    Present = 3,
    /// The next page of a round of changes.
    Round = 4,
    /// Changes from a position on.
    Changes = 5,
}

impl Purpose {
    const ALL: [Self; 4] = [Self::List, Self::Present, Self::Round, Self::Changes];
}

/// Why a token is not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum TokenFault {
    /// Nobody with a key made it, or it is cut or damaged.
    Forged,
    /// It was good once: the store was restored or imported since, its key revoked, or another version made it.
    Ended,
    /// It belongs to another query, tenant or address.
    Foreign,
}

/// Makes and reads the tokens of one store.
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
    revoked: Vec<hmac::Key>,
    signs: usize,
}

/// The name of the key that the store was born with.
pub(crate) const FIRST_KEY: &str = "first";

/// What is asked for, in which order; its tokens fit nothing else.
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
        self.digested(digested(tenant, query))
    }

    /// The changes of what `query` selects, with the members that it names.
    pub(crate) fn changes(&self, tenant: TenantId, query: &BoundQuery) -> Selection<'_> {
        let mut context = digested(tenant, query);
        for path in query.select.iter().flatten() {
            context.update(path.to_string().as_bytes());
            context.update(&[0]);
        }
        self.digested(context)
    }

    fn digested(&self, context: digest::Context) -> Selection<'_> {
        let mut digest = [0; 8];
        for (kept, byte) in digest.iter_mut().zip(context.finish().as_ref()) {
            *kept = *byte;
        }
        Selection { pages: self, digest }
    }
}

fn digested(tenant: TenantId, query: &BoundQuery) -> digest::Context {
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
    context
}

impl Keys {
    fn of(born_with: &[u8; 32], shared: &[SharedKey], now: Timestamp) -> Self {
        let shared = || shared.iter().filter(|key| key.kind == KeyKind::SkipToken);
        let first_is_revoked = shared().any(|key| key.id == FIRST_KEY && key.revoked.is_some());
        let (mut accepted, mut revoked, mut signs) = (Vec::new(), Vec::new(), 0);
        let first = hmac::Key::new(hmac::HMAC_SHA256, born_with);
        if first_is_revoked { &mut revoked } else { &mut accepted }.push(first);
        for key in shared().filter(|key| key.id != FIRST_KEY) {
            if key.is_usable(now) {
                signs = accepted.len();
            }
            let of_its_kind = if key.revoked.is_some() { &mut revoked } else { &mut accepted };
            of_its_kind.push(hmac::Key::new(hmac::HMAC_SHA256, &key.secret));
        }
        Self { accepted, revoked, signs }
    }
}

impl Selection<'_> {
    fn seal(&self, purpose: Purpose, held: &[u8]) -> String {
        let mut bytes = vec![purpose as u8];
        bytes.extend(self.pages.epoch.to_be_bytes());
        bytes.extend(self.digest);
        bytes.extend(held);
        let keys = self.pages.keys.load();
        if let Some(key) = keys.accepted.get(keys.signs) {
            bytes.extend(hmac::sign(key, &bytes).as_ref().iter().take(CODE));
        }
        URL_SAFE_NO_PAD.encode(bytes)
    }

    /// What the token holds, where it is for one of these.
    fn open(&self, purposes: &[Purpose], token: &str) -> Result<(Purpose, Vec<u8>), TokenFault> {
        let mut bytes = URL_SAFE_NO_PAD.decode(token).map_err(|_| TokenFault::Forged)?;
        let signed = bytes.len().checked_sub(CODE).ok_or(TokenFault::Forged)?;
        let code = bytes.split_off(signed);
        let made_by = |key: &hmac::Key| {
            let expected = hmac::sign(key, &bytes);
            let expected = expected.as_ref().get(..CODE);
            expected.is_some_and(|it| constant_time::verify_slices_are_equal(it, &code).is_ok())
        };
        let mut rest = bytes.as_slice();
        let [number] = take(&mut rest).ok_or(TokenFault::Forged)?;
        let epoch = take(&mut rest).map(u32::from_be_bytes).ok_or(TokenFault::Forged)?;
        let digest: [u8; 8] = take(&mut rest).ok_or(TokenFault::Forged)?;
        let purpose = Purpose::ALL.into_iter().find(|purpose| *purpose as u8 == number);
        let keys = self.pages.keys.load();
        if !keys.accepted.iter().any(made_by) {
            let of_another_store =
                epoch != self.pages.epoch && purpose.is_some_and(|purpose| purposes.contains(&purpose));
            let ended = of_another_store || keys.revoked.iter().any(made_by);
            return Err(if ended { TokenFault::Ended } else { TokenFault::Forged });
        }
        let purpose = purpose.filter(|_| epoch == self.pages.epoch).ok_or(TokenFault::Ended)?;
        if digest != self.digest || !purposes.contains(&purpose) {
            return Err(TokenFault::Foreign);
        }
        Ok((purpose, rest.to_vec()))
    }
}

fn take<const N: usize>(bytes: &mut &[u8]) -> Option<[u8; N]> {
    let (taken, rest) = bytes.split_first_chunk::<N>()?;
    *bytes = rest;
    Some(*taken)
}
