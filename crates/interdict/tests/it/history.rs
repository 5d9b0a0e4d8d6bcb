//! Histories: clients record what running servers tell them, while those are killed or lose their database, and a checker
//! says whether it can have been so. `docs/reliability.md` says what each shows.
//!
//! A round takes some seconds; `INTERDICT_HISTORY_SECONDS` makes it longer.

mod feeds;
mod lists;
mod registers;
mod seeded;
mod world;
mod writers;

use std::time::Duration;

/// How long clients work, in seconds.
const SECONDS: &str = "INTERDICT_HISTORY_SECONDS";
/// Where nobody says.
const SHORT: Duration = Duration::from_secs(6);

/// How long clients work.
fn duration() -> Duration {
    match std::env::var(SECONDS) {
        Ok(seconds) => Duration::from_secs(seconds.parse().expect("a number of seconds")),
        Err(_) => SHORT,
    }
}
