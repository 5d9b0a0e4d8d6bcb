//! What a simulated provider makes of its work: chance, but the same for the same seed.

use std::time::Duration;

use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

use crate::config::Span;

/// A share of a hundred.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Percent(f64);

/// How it behaves.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Behaviour {
    /// Of how many actions it is never heard again.
    pub(crate) hang: Percent,
    /// How many fail.
    pub(crate) fail: Percent,
    /// How long each takes.
    pub(crate) slow: Duration,
    /// What its chance begins with.
    pub(crate) seed: u64,
}

/// What becomes of one action.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fate {
    /// It is done.
    Done,
    /// It fails, and may be tried again, or not.
    Fails { retryable: bool },
    /// It is begun, and nothing is heard of it any more.
    Hangs,
}

/// The chance of one run.
#[derive(Debug)]
pub(super) struct Dice {
    chance: StdRng,
    hang: f64,
    fail: f64,
}

impl Dice {
    pub(super) fn new(behaviour: &Behaviour) -> Self {
        let chance = StdRng::seed_from_u64(behaviour.seed);
        Self { chance, hang: behaviour.hang.0, fail: behaviour.fail.0 }
    }

    /// What becomes of the next action.
    pub(super) fn fate(&mut self) -> Fate {
        let thrown = self.chance.random_range(0.0..100.0);
        let retryable = self.chance.random_bool(0.5);
        if thrown < self.hang {
            Fate::Hangs
        } else if thrown < self.hang + self.fail {
            Fate::Fails { retryable }
        } else {
            Fate::Done
        }
    }
}

/// Reads `5%` or `5`.
pub(super) fn percent(text: &str) -> Result<Percent, String> {
    let number = text.trim_end_matches('%').parse().ok().filter(|number| (0.0..=100.0).contains(number));
    number.map(Percent).ok_or_else(|| "it must be from 0% to 100%".to_owned())
}

/// Reads seconds, or a duration such as `2m`.
pub(super) fn pause(text: &str) -> Result<Duration, String> {
    match text.parse::<f64>() {
        Ok(seconds) => Duration::try_from_secs_f64(seconds).map_err(|error| error.to_string()),
        Err(_) => text.parse().map(|span: Span| Duration::from_secs(span.seconds().into())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fates(hang: f64, fail: f64, seed: u64) -> Vec<Fate> {
        let behaviour = Behaviour { hang: Percent(hang), fail: Percent(fail), seed, ..Behaviour::default() };
        let mut dice = Dice::new(&behaviour);
        (0..1_000).map(|_| dice.fate()).collect()
    }

    #[test]
    fn the_same_seed_gives_the_same_fates_and_the_shares_are_about_right() {
        let of = fates(10.0, 20.0, 7);
        assert_eq!(of, fates(10.0, 20.0, 7));
        assert_ne!(of, fates(10.0, 20.0, 8));
        let hung = of.iter().filter(|fate| **fate == Fate::Hangs).count();
        let failed = of.iter().filter(|fate| matches!(fate, Fate::Fails { .. })).count();
        assert!((60..140).contains(&hung) && (140..260).contains(&failed), "{hung} hung, {failed} failed");
        assert!(fates(0.0, 0.0, 7).iter().all(|fate| *fate == Fate::Done));
        assert!(fates(100.0, 0.0, 7).iter().all(|fate| *fate == Fate::Hangs));
    }

    #[test]
    fn shares_and_pauses_are_read_in_each_form() {
        assert_eq!(percent("5%"), Ok(Percent(5.0)));
        assert_eq!(percent("0.5"), Ok(Percent(0.5)));
        assert!(percent("101%").is_err() && percent("-1").is_err() && percent("NaN").is_err());
        assert_eq!(pause("1.5"), Ok(Duration::from_millis(1_500)));
        assert_eq!(pause("2m"), Ok(Duration::from_secs(120)));
        assert!(pause("-1").is_err() && pause("soon").is_err());
    }
}
