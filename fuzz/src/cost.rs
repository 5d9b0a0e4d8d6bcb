//! What an input may cost.

use std::time::Duration;

use rustix::time::{ClockId, clock_gettime};

/// CPU of one input of at most 32 KiB. A release build has 50 ms; one that counts what it covers, and checks every sum,
/// takes about four times as long.
pub const LIMIT: Duration = Duration::from_millis(200);

/// Runs one input.
///
/// # Panics
/// Where it took more CPU than [`LIMIT`]: libFuzzer then keeps the input.
pub fn watched(input: impl FnOnce()) {
    let begun = spent();
    input();
    let taken = spent().saturating_sub(begun);
    assert!(taken <= LIMIT, "one input took {taken:?} of CPU");
}

/// CPU that this thread has had.
pub(crate) fn spent() -> Duration {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    Duration::new(time.tv_sec.unsigned_abs(), time.tv_nsec.try_into().unwrap_or_default())
}
