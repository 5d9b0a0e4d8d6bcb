//! Items side by side, as far as they need not wait, a few at a time, until the batch's time is over.

use std::time::Duration;

use futures_util::StreamExt as _;
use futures_util::stream::FuturesUnordered;
use tokio::task::JoinSet;
use tokio::time::Instant;

use crate::caught::caught;

/// What one batch may take of the server.
#[derive(Clone, Copy, Debug)]
pub(super) struct Bounds {
    /// Items at one time, not counting small ones.
    pub(super) at_once: usize,
    /// How long items are begun. One that has begun ends by its own limits: what is with the store already cannot be
    /// called back.
    pub(super) time: Duration,
}

impl Default for Bounds {
    fn default() -> Self {
        Self { at_once: 4, time: Duration::from_secs(20) }
    }
}

/// Why an item does not run, or not to its end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Stop {
    /// The item at this place, which it waits for, did not succeed.
    Failed(usize),
    /// The batch's time was over before it could begin.
    Late,
    /// It panicked.
    Panicked(String),
}

/// Whether an item succeeded, so that those may begin that wait for it.
pub(super) trait Outcome {
    fn succeeded(&self) -> bool;
}

/// An item, what it waits for, and where it is.
struct Slot<I, T> {
    item: I,
    is_small: bool,
    waits: Vec<usize>,
    state: State<T>,
}

enum State<T> {
    Waiting,
    Running,
    Done(T),
}

/// Runs every item. `start` makes its future, or that of its answer where it is stopped, which may be once more after
/// it began. `items` come with the places of those that they wait for, without a circle; any number of those that `is_small`
/// run at once.
///
/// Dropping the future drops all that run.
pub(super) async fn all<I, T, F>(
    items: impl IntoIterator<Item = (I, Vec<usize>)>,
    is_small: impl Fn(&I) -> bool,
    bounds: Bounds,
    mut start: impl FnMut(&mut I, Option<Stop>) -> F,
) -> Vec<T>
where
    T: Outcome + Send + 'static,
    F: Future<Output = T> + Send + 'static,
{
    let deadline = Instant::now() + bounds.time;
    let slot = |(item, waits)| Slot { is_small: is_small(&item), item, waits, state: State::Waiting };
    let mut slots: Vec<_> = items.into_iter().map(slot).collect();
    let (mut here, mut spawned) = (FuturesUnordered::new(), JoinSet::new());
    loop {
        while let Some((at, stop)) = next(&slots, bounds.at_once)
            && let Some(slot) = slots.get_mut(at)
        {
            let stop = stop.or_else(|| (Instant::now() >= deadline).then_some(Stop::Late));
            slot.state = State::Running;
            let work = placed(at, start(&mut slot.item, stop));
            // A task would cost more than what is small.
            if slot.is_small {
                here.push(work);
            } else {
                spawned.spawn(work);
            }
        }
        let (at, outcome) = tokio::select! {
            Some(ended) = here.next() => ended,
            Some(Ok(ended)) = spawned.join_next() => ended,
            else => break,
        };
        let Some(slot) = slots.get_mut(at) else { continue };
        match outcome {
            Ok(outcome) => slot.state = State::Done(outcome),
            Err(panic) => here.push(placed(at, start(&mut slot.item, Some(Stop::Panicked(panic))))),
        }
    }
    let done = |slot: Slot<I, T>| if let State::Done(outcome) = slot.state { Some(outcome) } else { None };
    slots.into_iter().filter_map(done).collect()
}

/// The next item that need not wait any more, and why it cannot run where one that it waited for failed.
fn next<I, T: Outcome>(slots: &[Slot<I, T>], at_once: usize) -> Option<(usize, Option<Stop>)> {
    let runs = |slot: &&Slot<I, T>| matches!(slot.state, State::Running) && !slot.is_small;
    let is_full = slots.iter().filter(runs).count() >= at_once;
    let waiting = |slot: &Slot<I, T>| matches!(slot.state, State::Waiting) && (slot.is_small || !is_full);
    for (at, slot) in slots.iter().enumerate().filter(|(_, slot)| waiting(slot)) {
        let mut ready = true;
        let mut failed = None;
        for wanted in &slot.waits {
            match slots.get(*wanted).map(|slot| &slot.state) {
                Some(State::Done(outcome)) if outcome.succeeded() => {}
                Some(State::Done(_)) => failed = failed.or(Some(Stop::Failed(*wanted))),
                Some(State::Waiting | State::Running) | None => ready = false,
            }
        }
        if ready || failed.is_some() {
            return Some((at, failed));
        }
    }
    None
}

/// The place and the outcome of an item, or what it said when it panicked.
async fn placed<T>(at: usize, work: impl Future<Output = T>) -> (usize, Result<T, String>) {
    (at, caught(work).await)
}

#[cfg(test)]
mod tests;
