//! The machine: its clock, fresh ids and randomness. The only file that reads them; everything else takes them
//! as arguments or asks [`Clock`] and [`Ids`].

#![expect(clippy::disallowed_methods, reason = "this file is where the banned calls belong")]

use std::time::{SystemTime, UNIX_EPOCH};

use interdict_model::clock::{Clock, Ids};
use interdict_model::{ActionId, AppId, RequestId, TenantId, Timestamp};
use interdict_store::Birth;
use uuid::{NoContext, Uuid};

/// The machine's clock.
#[derive(Debug)]
pub(crate) struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        let ticks = match SystemTime::now().duration_since(UNIX_EPOCH) {
            Ok(since) => i64::try_from(since.as_nanos() / 100).unwrap_or(i64::MAX),
            // A clock before 1970 is wrong, but no reason to fall over.
            Err(before) => -i64::try_from(before.duration().as_nanos() / 100).unwrap_or(i64::MAX),
        };
        Timestamp::from_ticks(ticks)
    }
}

/// Version 7 UUIDs, growing within the process even where the clock stands still or steps back.
#[derive(Debug)]
pub(crate) struct SystemIds;

impl Ids for SystemIds {
    fn action(&self) -> ActionId {
        ActionId(Uuid::now_v7())
    }

    fn request(&self) -> RequestId {
        // Without the counter that the cores would share: nobody asks which of two requests of one instant came first.
        RequestId(Uuid::new_v7(uuid::Timestamp::now(NoContext)))
    }
}

/// A new tenant: random, so that it says nothing about when it was made.
pub(crate) fn new_tenant() -> TenantId {
    TenantId(Uuid::new_v4())
}

/// A new client id.
pub(crate) fn new_app() -> AppId {
    AppId(Uuid::new_v4().to_string().into())
}

/// What a new store is born with; an existing one keeps its own.
pub(crate) fn birth() -> Birth {
    Birth { epoch: rand::random(), skip_token_key: rand::random() }
}

/// What a simulation begins with, where nobody says.
pub(crate) fn seed() -> u64 {
    rand::random()
}
