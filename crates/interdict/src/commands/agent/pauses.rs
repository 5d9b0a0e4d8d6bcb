//! How long to wait before a call is tried again.

use std::time::Duration;

use backon::{BackoffBuilder as _, ExponentialBackoff, ExponentialBuilder};

const FIRST: Duration = Duration::from_millis(500);
/// Jitter makes a pause up to twice as long.
const LONGEST: Duration = Duration::from_secs(15);

/// Pauses, each twice the one before, with jitter, without end.
#[derive(Debug)]
pub(super) struct Pauses(ExponentialBackoff);

impl Pauses {
    /// From the shortest one on.
    pub(super) fn new() -> Self {
        let pauses = ExponentialBuilder::default()
            .with_min_delay(FIRST)
            .with_max_delay(LONGEST)
            .without_max_times()
            .with_jitter();
        Self(pauses.build())
    }

    /// The next one, and no shorter than the server asked for.
    pub(super) fn next(&mut self, asked: Option<Duration>) -> Duration {
        self.0.next().unwrap_or(LONGEST).max(asked.unwrap_or_default())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_to_their_longest_and_never_end() {
        let mut pauses = Pauses::new();
        let first = pauses.next(None);
        assert!(first >= FIRST && first <= 2 * FIRST, "{first:?}");
        let later = (0..100).map(|_| pauses.next(None)).last();
        assert!(later.is_some_and(|later| later >= LONGEST && later <= 2 * LONGEST), "{later:?}");
        assert_eq!(Pauses::new().next(Some(Duration::from_secs(90))), Duration::from_secs(90));
    }
}
