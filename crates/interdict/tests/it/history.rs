//! Histories: clients record what running servers tell them, while those are killed or lose their database, and a checker
//! says whether it can have been so. `docs/reliability.md` says what each shows.
//!
//! A round takes some seconds; `INTERDICT_HISTORY_SECONDS` makes it longer.

mod carried;
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
/// A round at the most: what clients saw in it is kept until its end.
const ROUND: Duration = Duration::from_secs(30);

/// How long clients work in each round.
fn rounds() -> Vec<Duration> {
    let all = match std::env::var(SECONDS) {
        Ok(seconds) => Duration::from_secs(seconds.parse().expect("a number of seconds")),
        Err(_) => SHORT,
    };
    let count = u32::try_from(all.as_millis().div_ceil(ROUND.as_millis())).unwrap();
    vec![all / count.max(1); usize::try_from(count).unwrap()]
}
