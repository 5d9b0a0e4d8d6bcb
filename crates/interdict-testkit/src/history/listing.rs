//! Lists of actions that are only ever added, against the order in which the journal has them.
//!
//! An action is committed after every one that the journal has before it, and lists are in that order. So whoever sees
//! one sees all before it: a full list is the beginning of the journal, however many were added while its pages were
//! read.

use std::collections::HashMap;
use std::time::Duration;

use uuid::Uuid;

/// A filing that was acknowledged.
#[derive(Clone, Copy, Debug)]
pub struct Acknowledged {
    /// The action.
    pub id: Uuid,
    /// When the answer was there.
    pub at: Duration,
}

/// A full list, all its pages one after the other.
#[derive(Clone, Debug)]
pub struct Listing {
    /// When its first page was asked for.
    pub begun: Duration,
    /// Whether the newest come first.
    pub descending: bool,
    /// The actions in the order of the pages.
    pub ids: Vec<Uuid>,
}

/// What `$count` said.
#[derive(Clone, Copy, Debug)]
pub struct Count {
    /// When it was asked for.
    pub begun: Duration,
    /// The number.
    pub count: usize,
}

/// What is wrong with a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// An action of which the journal knows nothing.
    Unheard(Uuid),
    /// It is in the list twice.
    Twice(Uuid),
    /// It comes before one that it should follow.
    Disordered(Uuid),
    /// It is not there, though one that was added later is.
    Skipped(Uuid),
    /// It is not there, though it was acknowledged before the list was begun.
    Missing(Uuid),
    /// The count is lower than what was acknowledged before.
    TooFew {
        /// The count.
        counted: usize,
        /// Acknowledged by then.
        acknowledged: usize,
    },
    /// The count is higher than what there ever was.
    TooMany {
        /// The count.
        counted: usize,
        /// In the journal.
        there: usize,
    },
}

/// The actions in the order of the journal, and what of them was acknowledged.
#[derive(Debug)]
pub struct Filings {
    order: Vec<Uuid>,
    places: HashMap<Uuid, usize>,
    acknowledged: Vec<Acknowledged>,
}

impl Filings {
    /// `order` is that of the journal, read once all is over.
    #[must_use]
    pub fn new(order: Vec<Uuid>, acknowledged: Vec<Acknowledged>) -> Self {
        let places = order.iter().enumerate().map(|(place, id)| (*id, place)).collect();
        Self { order, places, acknowledged }
    }

    /// How many the journal has.
    #[must_use]
    pub const fn count(&self) -> usize {
        self.order.len()
    }

    /// Looks for a fault in a list.
    #[must_use]
    pub fn fault_in(&self, listing: &Listing) -> Option<Fault> {
        let mut places = Vec::new();
        for id in &listing.ids {
            match self.places.get(id) {
                Some(place) => places.push(*place),
                None => return Some(Fault::Unheard(*id)),
            }
        }
        if listing.descending {
            places.reverse();
        }
        let mut expected = 0;
        for place in &places {
            if *place != expected {
                return self.out_of_place(*place, expected, &places);
            }
            expected += 1;
        }
        let missing = |it: &&Acknowledged| {
            it.at < listing.begun && self.places.get(&it.id).is_none_or(|place| *place >= expected)
        };
        self.acknowledged.iter().find(missing).map(|it| Fault::Missing(it.id))
    }

    fn out_of_place(&self, found: usize, expected: usize, places: &[usize]) -> Option<Fault> {
        let id = |place: usize| self.order.get(place).copied();
        if places.iter().filter(|place| **place == found).count() > 1 {
            id(found).map(Fault::Twice)
        } else if found < expected || places.contains(&expected) {
            id(found).map(Fault::Disordered)
        } else {
            id(expected).map(Fault::Skipped)
        }
    }

    /// Looks for a fault in a count.
    #[must_use]
    pub fn fault_of(&self, count: Count) -> Option<Fault> {
        let acknowledged = self.acknowledged.iter().filter(|it| it.at < count.begun).count();
        let (counted, there) = (count.count, self.order.len());
        if counted < acknowledged {
            Some(Fault::TooFew { counted, acknowledged })
        } else {
            (counted > there).then_some(Fault::TooMany { counted, there })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(number: u128) -> Uuid {
        Uuid::from_u128(number)
    }

    /// Five actions, of which all but the fourth were acknowledged, each at the millisecond of its number.
    fn filings() -> Filings {
        let acknowledged = [1, 2, 3, 5].map(|it| Acknowledged { id: id(it), at: milliseconds(it) });
        Filings::new((1..=5).map(id).collect(), acknowledged.into())
    }

    fn milliseconds(number: u128) -> Duration {
        Duration::from_millis(u64::try_from(number).unwrap_or(u64::MAX))
    }

    /// The fault of a list that was begun at a millisecond.
    fn fault(begun: u128, descending: bool, ids: &[u128]) -> Option<Fault> {
        let ids = ids.iter().copied().map(id).collect();
        filings().fault_in(&Listing { begun: milliseconds(begun), descending, ids })
    }

    #[test]
    fn what_was_there_when_it_was_begun_and_may_have_come_since_is_well() {
        for ids in [&[1, 2][..], &[1, 2, 3], &[1, 2, 3, 4], &[1, 2, 3, 4, 5]] {
            assert_eq!(fault(3, false, ids), None);
            let newest_first: Vec<_> = ids.iter().rev().copied().collect();
            assert_eq!(fault(3, true, &newest_first), None);
        }
        assert_eq!(fault(0, false, &[]), None);
    }

    #[test]
    fn an_action_that_was_acknowledged_before_and_is_not_there_is_found() {
        assert_eq!(fault(3, false, &[1]), Some(Fault::Missing(id(2))));
        assert_eq!(fault(9, true, &[4, 3, 2, 1]), Some(Fault::Missing(id(5))));
        let lost = [Acknowledged { id: id(9), at: milliseconds(1) }];
        let listing = Listing { begun: milliseconds(2), descending: false, ids: vec![id(1)] };
        let fault = Filings::new(vec![id(1)], lost.into()).fault_in(&listing);
        assert_eq!(fault, Some(Fault::Missing(id(9))));
    }

    #[test]
    fn a_skipped_row_is_found_though_it_was_never_acknowledged() {
        assert_eq!(fault(0, false, &[1, 2, 3, 5]), Some(Fault::Skipped(id(4))));
        assert_eq!(fault(0, true, &[5, 3, 2, 1]), Some(Fault::Skipped(id(4))));
        assert_eq!(fault(0, true, &[5, 4, 3, 2]), Some(Fault::Skipped(id(1))));
    }

    #[test]
    fn a_row_that_comes_twice_is_found() {
        assert_eq!(fault(0, false, &[1, 2, 2, 3]), Some(Fault::Twice(id(2))));
        assert_eq!(fault(0, true, &[3, 2, 1, 3]), Some(Fault::Twice(id(3))));
    }

    #[test]
    fn another_order_is_found() {
        assert_eq!(fault(0, false, &[1, 3, 2]), Some(Fault::Disordered(id(3))));
        assert_eq!(fault(0, true, &[1, 2, 3]), Some(Fault::Disordered(id(3))));
    }

    #[test]
    fn an_action_that_nobody_filed_is_found() {
        assert_eq!(fault(0, false, &[1, 7]), Some(Fault::Unheard(id(7))));
    }

    #[test]
    fn a_count_is_between_what_was_acknowledged_and_what_there_ever_was() {
        let fault = |begun, count| filings().fault_of(Count { begun: milliseconds(begun), count });
        assert_eq!(fault(4, 3), None);
        assert_eq!(fault(4, 5), None);
        assert_eq!(fault(4, 2), Some(Fault::TooFew { counted: 2, acknowledged: 3 }));
        assert_eq!(fault(4, 6), Some(Fault::TooMany { counted: 6, there: 5 }));
    }
}
