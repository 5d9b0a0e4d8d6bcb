//! What a reader of the journal got, who always asks for what comes after the last entry that it has.

use std::collections::{BTreeMap, BTreeSet};

use interdict_model::journal::{Entry, Head};
use uuid::Uuid;

/// A change that was acknowledged.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Acknowledged {
    /// The sequence that its ETag names.
    pub sequence: i64,
    /// The action.
    pub subject: Uuid,
}

/// What is wrong with what a reader got.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// After `after` came `found`: what is between comes never, since the reader asks for what follows.
    Gap {
        /// The sequence before.
        after: i64,
        /// The sequence that came.
        found: i64,
    },
    /// `found` is not later than `after`, which came before.
    Again {
        /// The sequence before.
        after: i64,
        /// The sequence that came.
        found: i64,
    },
    /// An entry does not follow from the one before it.
    Unchained {
        /// Its sequence.
        sequence: i64,
        /// Why.
        cause: String,
    },
    /// A change that was acknowledged did not come.
    Missing(Acknowledged),
    /// In its place came a change of something else.
    Another(Acknowledged),
    /// Two changes were acknowledged with one sequence.
    Shared(i64),
}

/// Looks for a fault in what a reader got from the beginning on.
#[must_use]
pub fn fault_in(read: &[Entry], acknowledged: &[Acknowledged]) -> Option<Fault> {
    let mut head = Head::default();
    let mut subjects = BTreeMap::new();
    for entry in read {
        let (after, found) = (head.sequence, entry.sequence);
        if found <= after {
            return Some(Fault::Again { after, found });
        }
        if found > after + 1 {
            return Some(Fault::Gap { after, found });
        }
        if let Some(cause) = entry.break_after(&head) {
            return Some(Fault::Unchained { sequence: found, cause: cause.to_string() });
        }
        head = entry.head();
        subjects.insert(found, entry.subject);
    }
    let mut sequences = BTreeSet::new();
    for change in acknowledged {
        match subjects.get(&change.sequence) {
            None => return Some(Fault::Missing(*change)),
            Some(subject) if *subject != change.subject => return Some(Fault::Another(*change)),
            Some(_) if !sequences.insert(change.sequence) => return Some(Fault::Shared(change.sequence)),
            Some(_) => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

    use interdict_model::journal::{Draft, Kind};
    use interdict_model::{RequestId, TenantId, Timestamp};

    use super::*;

    /// Four entries, each about an action of the same number.
    fn journal() -> Vec<Entry> {
        let mut head = Head::default();
        let entry = |number: u8| {
            let draft = Draft {
                subject: Uuid::from_u128(number.into()),
                request: RequestId(Uuid::from_u128(9)),
                kind: Kind::Created,
                actor: "somebody".into(),
                change: "{}".into(),
            };
            let tenant = TenantId(Uuid::from_u128(1));
            let entry = Entry::seal(head, tenant, Timestamp::from_ticks(number.into()), &draft);
            head = entry.head();
            entry
        };
        (1..=4).map(entry).collect()
    }

    fn change(sequence: i64, subject: u128) -> Acknowledged {
        Acknowledged { sequence, subject: Uuid::from_u128(subject) }
    }

    /// What a reader got, by places of the journal.
    fn read(places: &[usize]) -> Option<Fault> {
        let journal = journal();
        let read: Vec<_> = places.iter().map(|place| journal[*place].clone()).collect();
        fault_in(&read, &[])
    }

    #[test]
    fn the_whole_journal_once_and_in_order_is_well() {
        assert_eq!(fault_in(&journal(), &[change(4, 4), change(2, 2)]), None);
    }

    #[test]
    fn an_entry_that_comes_after_a_later_one_was_seen_is_found() {
        // The reader went on after the later one, and never asks for the earlier one again.
        assert_eq!(read(&[0, 2, 3]), Some(Fault::Gap { after: 1, found: 3 }));
        assert_eq!(read(&[1]), Some(Fault::Gap { after: 0, found: 2 }));
        assert_eq!(read(&[0, 1, 3, 2]), Some(Fault::Gap { after: 2, found: 4 }));
    }

    #[test]
    fn an_entry_that_comes_again_is_found() {
        assert_eq!(read(&[0, 1, 1, 2]), Some(Fault::Again { after: 2, found: 2 }));
        assert_eq!(read(&[0, 1, 2, 0]), Some(Fault::Again { after: 3, found: 1 }));
    }

    #[test]
    fn an_entry_that_was_another_before_is_found() {
        let mut read = journal();
        read[2].subject = Uuid::from_u128(8);
        assert!(matches!(fault_in(&read, &[]), Some(Fault::Unchained { sequence: 3, .. })));
    }

    #[test]
    fn an_acknowledged_change_that_does_not_come_is_found() {
        assert_eq!(fault_in(&journal()[..3], &[change(4, 4)]), Some(Fault::Missing(change(4, 4))));
        assert_eq!(fault_in(&journal(), &[change(3, 2)]), Some(Fault::Another(change(3, 2))));
    }

    #[test]
    fn two_changes_under_one_sequence_are_found() {
        assert_eq!(fault_in(&journal(), &[change(3, 3), change(3, 3)]), Some(Fault::Shared(3)));
    }
}
