//! What tokens of changes hold. All begin with the instant of the first call (8 bytes: `now()` of all that follow), but for
//! pages of what is there, which begin with a position (8) and go on as the skip token of a list does. Behind the instant
//! a round of changes has where it goes on and where it ends (8 each), a delta token where the next round begins (8).

use interdict_model::Timestamp;
use interdict_odata::QueryErrorCode;

use super::{Continued, Purpose, Selection, TokenFault, take};
use crate::Error;
use crate::lists::query_error;

/// Where changes go on, within a page that is not the last.
#[derive(Debug)]
pub(crate) enum Going {
    /// All that is there, the changes behind this position coming later.
    Present(i64, Continued),
    /// A round: from a position to its end.
    Round {
        /// The position behind which it goes on.
        since: Since,
        /// The sequence of the last entry that the round tells of.
        until: i64,
    },
}

/// A position in a journal, from which changes are asked for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Since {
    /// The sequence of the last entry that is known.
    pub(crate) sequence: i64,
    /// When the first call was.
    pub(crate) now: Timestamp,
}

impl Selection<'_> {
    /// The skip token of the page that goes on there.
    pub(crate) fn going_token(&self, going: &Going) -> String {
        let mut held = Vec::new();
        let purpose = match going {
            Going::Present(since, continued) => {
                held.extend(since.to_be_bytes());
                continued.put(&mut held);
                Purpose::Present
            }
            Going::Round { since, until } => {
                since.put(&mut held);
                held.extend(until.to_be_bytes());
                Purpose::Round
            }
        };
        self.seal(purpose, &held)
    }

    /// Where the skip token's page goes on.
    pub(crate) fn going(&self, token: &str) -> Result<Going, Error> {
        let (purpose, held) = self
            .open(&[Purpose::Present, Purpose::Round], token)
            .map_err(|fault| refused("$skiptoken", fault))?;
        let mut held = held.as_slice();
        let going = if purpose == Purpose::Present {
            integer(&mut held).and_then(|since| Some(Going::Present(since, Continued::read(held)?)))
        } else {
            Since::read(&mut held).and_then(|since| Some(Going::Round { since, until: integer(&mut held)? }))
        };
        going.ok_or_else(|| refused("$skiptoken", TokenFault::Ended))
    }

    /// The delta token of the changes from there on.
    pub(crate) fn since_token(&self, since: Since) -> String {
        let mut held = Vec::new();
        since.put(&mut held);
        self.seal(Purpose::Changes, &held)
    }

    /// Where the delta token's changes begin.
    pub(crate) fn since(&self, token: &str) -> Result<Since, Error> {
        let (_, held) =
            self.open(&[Purpose::Changes], token).map_err(|fault| refused("$deltatoken", fault))?;
        Since::read(&mut held.as_slice()).ok_or_else(|| refused("$deltatoken", TokenFault::Ended))
    }
}

impl Since {
    fn put(self, bytes: &mut Vec<u8>) {
        bytes.extend(self.now.ticks().to_be_bytes());
        bytes.extend(self.sequence.to_be_bytes());
    }

    fn read(held: &mut &[u8]) -> Option<Self> {
        let now = Timestamp::from_ticks(integer(held)?);
        Some(Self { sequence: integer(held)?, now })
    }
}

fn integer(held: &mut &[u8]) -> Option<i64> {
    take(held).map(i64::from_be_bytes)
}

fn refused(option: &'static str, fault: TokenFault) -> Error {
    let message = match fault {
        // What that state was is not known here any more.
        TokenFault::Ended => return Error::Resync(option),
        TokenFault::Forged => {
            "the token is not one of this server; follow `@odata.nextLink` and `@odata.deltaLink` as they were given"
        }
        TokenFault::Foreign => {
            "the token belongs to another query; follow `@odata.nextLink` and `@odata.deltaLink` as they were given, with their `$filter` and `$select`"
        }
    };
    query_error(option, QueryErrorCode::SyntaxError, message)
}
