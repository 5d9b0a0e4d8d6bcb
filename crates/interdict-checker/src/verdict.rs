//! The judgement: what the clients were told, beside what is in the store afterwards. Pure.
//!
//! Each client has actions of its own and sends one request at a time, so an action's numbers only grow, and each number
//! is sent by one change. That makes the judgement exact without a search: what must be there is what was acknowledged,
//! what may be there is also what is unknown, and nothing else.

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use crate::log::{Event, Line, Op};

/// An action as the store has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// Its `clientContext`.
    pub key: String,
    /// Its id.
    pub id: String,
    /// The number that it has.
    pub n: u64,
    /// Its version.
    pub etag: String,
}

/// What was filed and changed, action by action in the order of the journal: the number that each entry set.
pub type Journal = BTreeMap<String, Vec<u64>>;

/// Something that must not be.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fault {
    /// It was acknowledged, and is not there: an action, and the number that it was to have.
    Lost(String),
    /// It is there twice.
    Doubled(String),
    /// It was deleted, and is there; or it fell back to an older state.
    Resurrected(String),
    /// The client was told that nothing happened, and it is there.
    WronglyRefused(String),
    /// It is there, and nobody sent it.
    NeverSent(String),
    /// It was acknowledged under another version than it has.
    OtherVersion(String),
    /// An answer that no client may get.
    BadAnswer(String),
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (what, which) = match self {
            Self::Lost(it) => ("lost", it),
            Self::Doubled(it) => ("doubled", it),
            Self::Resurrected(it) => ("resurrected", it),
            Self::WronglyRefused(it) => ("wrongly refused", it),
            Self::NeverSent(it) => ("never sent", it),
            Self::OtherVersion(it) => ("under another version", it),
            Self::BadAnswer(it) => ("badly answered", it),
        };
        write!(f, "{what}: {which}")
    }
}

/// Requests by what became of them, and everything that is wrong.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Verdict {
    /// Acknowledged requests.
    pub acknowledged: usize,
    /// Refused requests.
    pub refused: usize,
    /// Requests whose outcome was not told.
    pub unknown: usize,
    /// Of those, how many did happen.
    pub unknown_happened: usize,
    /// Actions that were found.
    pub found: usize,
    /// Entries of the journal that were compared.
    pub entries: usize,
    /// What is wrong.
    pub faults: BTreeSet<Fault>,
}

impl Verdict {
    /// How many faults are losses.
    #[must_use]
    pub fn lost(&self) -> usize {
        self.faults.iter().filter(|fault| matches!(fault, Fault::Lost(_))).count()
    }
}

/// What the clients know of one action.
#[derive(Default)]
struct Known<'a> {
    acked: BTreeMap<u64, &'a str>,
    unknown: BTreeSet<u64>,
    refused: BTreeSet<u64>,
    /// Sent and not answered: the same as unknown.
    pending: BTreeSet<u64>,
    deleted: bool,
    perhaps_deleted: bool,
}

impl Known<'_> {
    fn last_acked(&self) -> Option<u64> {
        self.acked.keys().next_back().copied()
    }

    fn is_possible(&self, n: u64) -> bool {
        self.acked.contains_key(&n) || self.unknown.contains(&n) || self.pending.contains(&n)
    }
}

/// Judges. The lines are in the order in which they were written.
#[must_use]
pub fn judge(lines: &[Line], found: &[Found], journal: &Journal) -> Verdict {
    let mut verdict = Verdict { found: found.len(), ..Verdict::default() };
    let known = learn(lines, &mut verdict);
    let mut by_key: BTreeMap<&str, Vec<&Found>> = BTreeMap::new();
    for action in found {
        by_key.entry(&action.key).or_default().push(action);
    }
    for (key, actions) in &by_key {
        match known.get(key) {
            None => drop(verdict.faults.insert(Fault::NeverSent((*key).to_owned()))),
            Some(_) if actions.len() > 1 => {
                verdict.faults.insert(Fault::Doubled(format!("{key}, as {} actions", actions.len())));
            }
            Some(known) => actions.iter().for_each(|action| compare(known, action, &mut verdict)),
        }
    }
    let strange = journal.keys().filter(|key| !known.contains_key(key.as_str()));
    verdict.faults.extend(strange.map(|key| Fault::NeverSent(format!("{key}, in the journal"))));
    for (key, known) in &known {
        let is_due = !known.acked.is_empty() && !known.deleted && !known.perhaps_deleted;
        if is_due && !by_key.contains_key(key) {
            verdict.faults.extend(known.acked.keys().map(|n| Fault::Lost(format!("{key} {n}"))));
        }
        let entries = journal.get(*key).map(Vec::as_slice).unwrap_or_default();
        follow(key, known, entries, &mut verdict);
    }
    verdict
}

fn learn<'a>(lines: &'a [Line], verdict: &mut Verdict) -> BTreeMap<&'a str, Known<'a>> {
    let mut known: BTreeMap<&str, Known<'_>> = BTreeMap::new();
    for line in lines {
        let action = known.entry(&line.key).or_default();
        if !line.fault.is_empty() {
            let (c, t) = (line.c, line.t / 1_000_000);
            verdict.faults.insert(Fault::BadAnswer(format!("client {c} at {t} ms: {}", line.fault)));
        }
        if line.ev != Event::Send {
            action.pending.remove(&line.n);
        }
        match (line.ev, line.op) {
            (Event::Send, Op::Delete) => action.perhaps_deleted = true,
            (Event::Send, _) => drop(action.pending.insert(line.n)),
            (Event::Ok, Op::Delete) => action.deleted = true,
            (Event::Ok, _) => {
                action.unknown.remove(&line.n);
                action.acked.insert(line.n, &line.etag);
            }
            (Event::Fail, Op::Delete) => action.perhaps_deleted = false,
            (Event::Fail, _) => drop(action.refused.insert(line.n)),
            (Event::Unknown, Op::Delete) => {}
            (Event::Unknown, _) => drop(action.unknown.insert(line.n)),
        }
        match line.ev {
            Event::Send => {}
            Event::Ok => verdict.acknowledged += 1,
            Event::Fail => verdict.refused += 1,
            Event::Unknown => verdict.unknown += 1,
        }
    }
    known
}

/// The state of an action, beside what is known of it.
fn compare(known: &Known<'_>, action: &Found, verdict: &mut Verdict) {
    let (key, n) = (&action.key, action.n);
    if known.deleted {
        verdict.faults.insert(Fault::Resurrected(format!("{key}, which was deleted")));
        return;
    }
    if !known.is_possible(n) {
        let which = format!("{key} {n}");
        let refused = known.refused.contains(&n);
        verdict.faults.insert(if refused { Fault::WronglyRefused(which) } else { Fault::NeverSent(which) });
    }
    for (lost, _) in known.acked.range(n.saturating_add(1)..) {
        verdict.faults.insert(Fault::Lost(format!("{key} {lost}")));
    }
    let version = known.acked.get(&n);
    if known.last_acked() == Some(n) && version.is_some_and(|version| *version != action.etag) {
        let version = version.copied().unwrap_or_default();
        verdict.faults.insert(Fault::OtherVersion(format!("{key} {n}: {}, not {version}", action.etag)));
    }
}

/// The entries of an action, beside what is known of it.
fn follow(key: &str, known: &Known<'_>, entries: &[u64], verdict: &mut Verdict) {
    verdict.entries += entries.len();
    let mut seen = BTreeSet::new();
    let mut highest = None;
    for n in entries {
        let which = format!("{key} {n}, in the journal");
        if !seen.insert(*n) {
            verdict.faults.insert(Fault::Doubled(which));
        } else if highest.is_some_and(|highest| highest > *n) {
            verdict.faults.insert(Fault::Resurrected(which));
        } else if !known.is_possible(*n) {
            let refused = known.refused.contains(n);
            verdict.faults.insert(if refused {
                Fault::WronglyRefused(which)
            } else {
                Fault::NeverSent(which)
            });
        }
        highest = highest.max(Some(*n));
    }
    // The same loss may show in the state as well; it is one.
    let missing = known.acked.keys().filter(|n| !seen.contains(n));
    verdict.faults.extend(missing.map(|n| Fault::Lost(format!("{key} {n}"))));
    verdict.unknown_happened += known.unknown.iter().filter(|n| seen.contains(n)).count();
}
