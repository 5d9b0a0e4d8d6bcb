//! Items side by side, as far as they need not wait, a few at a time, until the batch's time is over.

use std::collections::HashMap;
use std::time::Duration;

use tokio::task::{JoinError, JoinSet};
use tokio::time::Instant;

/// What one batch may take of the server.
#[derive(Clone, Copy, Debug)]
pub(super) struct Bounds {
    /// Items at one time.
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
    waits: Vec<usize>,
    state: State<T>,
}

enum State<T> {
    Waiting,
    Running,
    Done(T),
}

/// Runs every item. `start` makes its future, or that of its answer where it is stopped, which may be once more after
/// it began. `items` come with the places of those that they wait for, without a circle.
///
/// Dropping the future drops all that run.
pub(super) async fn all<I, T, F>(
    items: impl IntoIterator<Item = (I, Vec<usize>)>,
    bounds: Bounds,
    mut start: impl FnMut(&mut I, Option<Stop>) -> F,
) -> Vec<T>
where
    T: Outcome + Send + 'static,
    F: Future<Output = T> + Send + 'static,
{
    let deadline = Instant::now() + bounds.time;
    let slot = |(item, waits)| Slot { item, waits, state: State::Waiting };
    let mut slots: Vec<_> = items.into_iter().map(slot).collect();
    let mut running = JoinSet::new();
    let mut places = HashMap::new();
    loop {
        while running.len() < bounds.at_once
            && let Some((at, stop)) = next(&slots)
            && let Some(slot) = slots.get_mut(at)
        {
            let stop = stop.or_else(|| (Instant::now() >= deadline).then_some(Stop::Late));
            slot.state = State::Running;
            places.insert(running.spawn(start(&mut slot.item, stop)).id(), at);
        }
        let Some(ended) = running.join_next_with_id().await else { break };
        let task = ended.as_ref().map_or_else(JoinError::id, |(task, _)| *task);
        let slot = places.remove(&task).and_then(|at| slots.get_mut(at).map(|slot| (at, slot)));
        match (ended, slot) {
            (Ok((_, outcome)), Some((_, slot))) => slot.state = State::Done(outcome),
            (Err(error), Some((at, slot))) => {
                let stop = Some(Stop::Panicked(panic_text(error)));
                places.insert(running.spawn(start(&mut slot.item, stop)).id(), at);
            }
            (_, None) => {}
        }
    }
    let done = |slot: Slot<I, T>| if let State::Done(outcome) = slot.state { Some(outcome) } else { None };
    slots.into_iter().filter_map(done).collect()
}

/// The next item that need not wait any more, and why it cannot run where one that it waited for failed.
fn next<I, T: Outcome>(slots: &[Slot<I, T>]) -> Option<(usize, Option<Stop>)> {
    let waiting = |slot: &Slot<I, T>| matches!(slot.state, State::Waiting);
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

fn panic_text(error: JoinError) -> String {
    if !error.is_panic() {
        return error.to_string();
    }
    let panic = error.into_panic();
    let text = panic.downcast_ref::<String>().map(String::as_str);
    text.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("without a message").to_owned()
}

#[cfg(test)]
mod tests;
