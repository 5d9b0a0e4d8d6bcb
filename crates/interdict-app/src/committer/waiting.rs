//! How many commands wait, and whether that is enough to spread them over the lanes
//! (docs/adr/0021-few-commands-share-a-lane.md, docs/adr/0023-forty-commands-are-many.md).

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

/// So many commands at once are spread over the lanes, by tenant.
const MANY: usize = 40;
/// With so few they are gathered again. The distance keeps a tenant from changing lanes all the time: two lanes that have
/// commands of one tenant wait for each other.
const FEW: usize = 8;

/// How many commands wait for their answers.
#[derive(Debug, Default)]
pub(super) struct Waiting {
    commands: AtomicUsize,
    /// Whether there were many, and are not few yet.
    many: AtomicBool,
}

impl Waiting {
    /// Counts a command until what it returns is dropped.
    pub(super) fn enter(&self) -> Place<'_> {
        let commands = self.commands.fetch_add(1, Ordering::Relaxed) + 1;
        if commands >= MANY {
            self.many.store(true, Ordering::Relaxed);
        } else if commands <= FEW {
            self.many.store(false, Ordering::Relaxed);
        }
        Place(self)
    }

    pub(super) fn are_many(&self) -> bool {
        self.many.load(Ordering::Relaxed)
    }
}

/// A command among those that wait.
pub(super) struct Place<'a>(&'a Waiting);

impl Drop for Place<'_> {
    fn drop(&mut self) {
        self.0.commands.fetch_sub(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn many_are_spread_until_they_are_few() {
        let waiting = Waiting::default();
        let mut places: Vec<_> = (1..MANY).map(|_| waiting.enter()).collect();
        assert!(!waiting.are_many());
        places.push(waiting.enter());
        assert!(waiting.are_many());
        while places.len() > FEW {
            places.pop();
        }
        // Two lanes may have commands of one tenant until these are gone.
        drop(waiting.enter());
        assert!(waiting.are_many());
        places.pop();
        drop(waiting.enter());
        assert!(!waiting.are_many());
    }
}
