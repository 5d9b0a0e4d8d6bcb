//! What the skip token of a list holds: the instant of the list's first page (8 bytes: `now()` of all of them), the last
//! row's id (16), and its keys of the order. A key is a byte that says what it is (0 null, 1 a number, 2 a text, 3 a
//! GUID), and 8 bytes, a length of 4 and UTF-8, or 16 bytes.

use interdict_model::Timestamp;
use interdict_odata::QueryErrorCode;
use interdict_odata::query::Scalar;
use interdict_store::Place;
use uuid::Uuid;

use super::{Purpose, Selection, TokenFault, take};
use crate::Error;
use crate::lists::query_error;

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
        let mut held = Vec::new();
        continued.put(&mut held);
        self.seal(Purpose::List, &held)
    }

    /// Where the token's page goes on.
    pub(crate) fn after(&self, token: &str) -> Result<Continued, Error> {
        let refused = |fault| {
            let message = match fault {
                TokenFault::Forged => {
                    "the skip token is not one of this server; follow `@odata.nextLink` as it was given"
                }
                TokenFault::Ended => {
                    "the store was restored since this skip token was made, or its key revoked; begin the list again"
                }
                TokenFault::Foreign => {
                    "the skip token belongs to another query; repeat its `$filter`, `$search` and `$orderby`, or begin the list again"
                }
            };
            query_error("$skiptoken", QueryErrorCode::SyntaxError, message)
        };
        let (_, held) = self.open(&[Purpose::List], token).map_err(refused)?;
        Continued::read(&held).ok_or_else(|| refused(TokenFault::Ended))
    }
}

impl Continued {
    pub(super) fn put(&self, bytes: &mut Vec<u8>) {
        bytes.extend(self.now.ticks().to_be_bytes());
        bytes.extend(self.place.id.as_bytes());
        for key in &self.place.keys {
            put(bytes, key);
        }
    }

    pub(super) fn read(mut held: &[u8]) -> Option<Self> {
        let now = Timestamp::from_ticks(i64::from_be_bytes(take(&mut held)?));
        let id = Uuid::from_bytes(take(&mut held)?);
        let mut keys = Vec::new();
        while !held.is_empty() {
            keys.push(key(&mut held)?);
        }
        Some(Self { place: Place { keys, id }, now })
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
