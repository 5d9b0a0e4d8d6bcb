//! The judgement of actions that were carried out: what the clients were told, beside what is in the store in the end. Pure.
//!
//! Every claim is reported on by one program that waits for each answer, so its reports are in order. A claim counts as
//! alive until it has run out, as far as its holder was told, or until an end was sent that was not refused. All clocks are
//! one machine's.

mod claims;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use super::note::{Note, What};
use super::state::{Found, State};
use crate::log::Event;
use claims::{Claim, claims};

/// Something that must not be.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fault {
    /// It was acknowledged, and is not there: a filing or a hand-out.
    Lost(String),
    /// An action is there twice, or a fence was handed out twice.
    Doubled(String),
    /// An action is there that nobody filed.
    NeverFiled(String),
    /// A target was handed out while somebody had it.
    TwoLive(String),
    /// A report was accepted, though a newer fence was handed out.
    OldFence(String),
    /// Its completion was acknowledged, and it is something else than `succeeded`.
    NotSucceeded(String),
    /// It has not ended.
    NotFinal(String),
    /// It is in force, though everybody let go of it long ago.
    InForce(String),
    /// An answer that no client may get.
    BadAnswer(String),
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (what, which) = match self {
            Self::Lost(it) => ("lost", it),
            Self::Doubled(it) => ("doubled", it),
            Self::NeverFiled(it) => ("never filed", it),
            Self::TwoLive(it) => ("held by two", it),
            Self::OldFence(it) => ("an old fence was believed", it),
            Self::NotSucceeded(it) => ("completed, but not succeeded", it),
            Self::NotFinal(it) => ("without an end", it),
            Self::InForce(it) => ("still in force", it),
            Self::BadAnswer(it) => ("badly answered", it),
        };
        write!(f, "{what}: {which}")
    }
}

/// What was done, and everything that is wrong.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Verdict {
    /// Filings that were acknowledged.
    pub filed: usize,
    /// Claims that programs were handed.
    pub handed_out: usize,
    /// Claims of actions that were handed out before.
    pub again: usize,
    /// Of those, with a kill between the two.
    pub over_a_kill: usize,
    /// Claims that the journal has and no program heard of.
    pub unheard: usize,
    /// Actions whose completion was acknowledged.
    pub completed: usize,
    /// Filed actions that have succeeded in the end: these, and those that joined what was in force.
    pub succeeded: usize,
    /// Undo actions whose completion was acknowledged.
    pub undone: usize,
    /// Reports that were refused since their fence was old, or their claim had run out.
    pub rejected: usize,
    /// Filings and reports whose outcome was not told.
    pub unknown: usize,
    /// Everything that is wrong.
    pub faults: BTreeSet<Fault>,
}

/// Judges. `kills` are when something was killed, in nanoseconds since the log began.
#[must_use]
pub fn judge(notes: &[Note], state: &State, kills: &[u64]) -> Verdict {
    let mut verdict = Verdict::default();
    count(notes, &mut verdict);
    judge_filings(notes, state, &mut verdict);
    let claims = claims(notes);
    judge_claims(&claims, &mut verdict);
    judge_ends(&claims, state, &mut verdict);
    judge_targets(notes, state, &mut verdict);
    let was_before = |now: &Claim<'_>, before: &&Claim<'_>| {
        before.handed.action == now.handed.action && before.handed.fence < now.handed.fence
    };
    for claim in &claims {
        let mut before = claims.iter().filter(|before| was_before(claim, before)).peekable();
        verdict.again += usize::from(before.peek().is_some());
        let since = before.map(|before| before.received).max().unwrap_or(u64::MAX);
        let killed = kills.iter().any(|kill| (since..claim.received).contains(kill));
        verdict.over_a_kill += usize::from(killed);
    }
    verdict.handed_out = claims.len();
    verdict
}

fn count(notes: &[Note], verdict: &mut Verdict) {
    for note in notes {
        if !note.fault.is_empty() {
            let (c, t) = (note.c, note.t / 1_000_000);
            verdict.faults.insert(Fault::BadAnswer(format!("client {c} at {t} ms: {}", note.fault)));
        }
        let is_report = matches!(note.what, What::Renew { .. } | What::Complete { .. });
        verdict.rejected += usize::from(is_report && note.ev == Event::Fail && note.status == 409);
        verdict.unknown += usize::from(note.ev == Event::Unknown && note.what != What::Ask);
    }
}

/// Each filing that was acknowledged is there, once, and nothing else; and all of it has ended.
fn judge_filings(notes: &[Note], state: &State, verdict: &mut Verdict) {
    let (mut sent, mut acknowledged) = (BTreeSet::new(), BTreeSet::new());
    for note in notes {
        if let What::File { key } = &note.what {
            sent.insert(key.as_str());
            if note.ev == Event::Ok {
                acknowledged.insert(key.as_str());
            }
        }
    }
    verdict.filed = acknowledged.len();
    let mut there: BTreeMap<&str, usize> = BTreeMap::new();
    for Found { id, key, status, phase, lifts } in &state.actions {
        if !*lifts {
            verdict.succeeded += usize::from(phase == "succeeded");
            *there.entry(key).or_default() += 1;
            if !sent.contains(key.as_str()) {
                verdict.faults.insert(Fault::NeverFiled(format!("{id}, as `{key}`")));
            }
        }
        if !["Completed", "Failed"].contains(&status.as_str()) {
            verdict.faults.insert(Fault::NotFinal(format!("{id}: {phase}")));
        }
    }
    let twice = there.iter().filter(|(_, count)| **count > 1);
    verdict.faults.extend(twice.map(|(key, count)| Fault::Doubled(format!("{key}, as {count} actions"))));
    let lost = acknowledged.iter().filter(|key| !there.contains_key(*key));
    verdict.faults.extend(lost.map(|key| Fault::Lost(format!("filing {key}"))));
}

/// Of one target, and so of one action, one claim is alive at a time, and the newest fence alone is believed.
fn judge_claims(claims: &[Claim<'_>], verdict: &mut Verdict) {
    let mut earlier: BTreeMap<&str, Vec<&Claim<'_>>> = BTreeMap::new();
    for newer in claims {
        let (action, fence) = (&newer.handed.action, newer.handed.fence);
        let before = earlier.entry(&newer.handed.target).or_default();
        for older in &*before {
            let which = format!("{action} with fence {fence}, beside fence {}", older.handed.fence);
            if older.handed.fence == fence {
                verdict.faults.insert(Fault::Doubled(which));
            } else if older.is_alive_beside(newer) {
                verdict.faults.insert(Fault::TwoLive(which));
            }
            if older.handed.action == *action && older.was_believed_beside(newer) {
                let old = older.handed.fence;
                let which = format!("{action} with fence {old}, though {fence} was handed out");
                verdict.faults.insert(Fault::OldFence(which));
            }
        }
        before.push(newer);
    }
}

/// A hand-out is in the journal, and what was completed has succeeded.
fn judge_ends(claims: &[Claim<'_>], state: &State, verdict: &mut Verdict) {
    let phases: BTreeMap<&str, &str> =
        state.actions.iter().map(|found| (found.id.as_str(), found.phase.as_str())).collect();
    let mut handed_out = state.handed_out.clone();
    let (mut completed, mut undone) = (BTreeSet::new(), BTreeSet::new());
    for claim in claims {
        let (action, fence) = (&claim.handed.action, claim.handed.fence);
        if !state.handed_out.contains(&(action.clone(), fence)) {
            verdict.faults.insert(Fault::Lost(format!("hand-out of {action} with fence {fence}")));
        }
        handed_out.remove(&(action.clone(), fence));
        if claim.is_completed() {
            let ended = if claim.handed.lifts { &mut undone } else { &mut completed };
            ended.insert(action.as_str());
            match phases.get(action.as_str()) {
                Some(&"succeeded") => {}
                Some(phase) => drop(verdict.faults.insert(Fault::NotSucceeded(format!("{action}: {phase}")))),
                None => drop(verdict.faults.insert(Fault::Lost(format!("action {action}")))),
            }
        }
    }
    verdict.unheard = handed_out.len();
    (verdict.completed, verdict.undone) = (completed.len(), undone.len());
}

/// Nothing is in force in the end: not as the store says, and not where a program acted last to bring it about.
fn judge_targets(notes: &[Note], state: &State, verdict: &mut Verdict) {
    for effect in &state.effects {
        let (target, holders) = (&effect.target, effect.holders.join(", "));
        verdict.faults.insert(Fault::InForce(format!("{target} in the store, held by [{holders}]")));
    }
    let mut last = BTreeMap::new();
    for note in notes {
        if let What::Act { target, lifts } = &note.what {
            last.insert(target, *lifts);
        }
    }
    let left = last.into_iter().filter(|(_, lifts)| !lifts);
    verdict.faults.extend(left.map(|(target, _)| Fault::InForce(format!("{target}, which nobody undid"))));
}
