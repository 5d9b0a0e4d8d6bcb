//! A history as the search takes it. Requests of unknown outcome are what makes a search long, since each may take effect
//! at any time or never; most of that is decided beforehand, without a change to what the search finds.
//!
//! - One whose mark was shown took effect before that answer was there.
//! - A filing changes nothing once somebody was shown the action, since actions are not removed.
//! - One with a version that another one's change was acknowledged for did not take effect; of several others with one
//!   version at the most one did, and it may as well be the first.
//! - Changes without a version that nobody ever saw differ in nothing but when they were sent, so they may as well take
//!   effect in that order.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use todc_utils::Specification;

use crate::history::{Operation, Outcome, Process, Register, Request, Shown};

/// What the search puts in order.
#[derive(Clone, Copy, Debug)]
pub(super) enum Step {
    /// A request.
    Request(Request, Outcome),
    /// A request of unknown outcome that nobody saw the effect of: before the end it takes effect.
    Unseen {
        request: Request,
        /// Its number among those without a version, from 1; 0 for one with a version.
        number: usize,
    },
    /// Every answer was given before it.
    End,
}

/// A step, who takes it, when it was begun and when it ended.
pub(super) type Interval = (Process, Step, Duration, Duration);

/// What the search looks at.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(super) struct State {
    register: Register,
    /// Unseen changes without a version that took effect.
    unseen: usize,
    ended: bool,
}

/// The rules of the search.
pub(super) struct Rules;

impl Specification for Rules {
    type State = State;
    type Operation = Step;

    fn init() -> State {
        State::default()
    }

    fn apply(step: &Step, state: &State) -> (bool, State) {
        match state.after(*step) {
            Some(after) => (true, after),
            None => (false, state.clone()),
        }
    }
}

impl State {
    fn after(&self, step: Step) -> Option<Self> {
        let with = |register: Option<Register>| register.map(|register| Self { register, ..self.clone() });
        match step {
            Step::Request(request, outcome) => with(self.register.after(request, outcome)),
            Step::End => Some(Self { ended: true, ..self.clone() }),
            // It never did.
            Step::Unseen { .. } if self.ended => Some(self.clone()),
            Step::Unseen { request, number: 0 } => {
                let after = self.register.after(request, Outcome::Unknown);
                with(after.filter(|after| *after != self.register))
            }
            Step::Unseen { request, number } if number == self.unseen + 1 => {
                let after = with(self.register.after(request, Outcome::Unknown))?;
                Some(Self { unseen: number, ..after })
            }
            Step::Unseen { .. } => None,
        }
    }
}

/// The history's steps; without `unseen` those are left out of which nobody saw an effect, as if they had none.
pub(super) fn steps(history: &[Operation], unseen: bool) -> Vec<Interval> {
    let facts = Facts::of(history);
    let mut ordered: Vec<_> = history.iter().collect();
    ordered.sort_by_key(|operation| operation.called);
    let (mut steps, mut number, mut tags) = (Vec::new(), 0, BTreeSet::new());
    let mut end = (Process(0), Duration::ZERO);
    for Operation { process, request, outcome, called, returned } in ordered {
        end = (Process(end.0.0.max(process.0 + 1)), end.1.max(*called).max(*returned));
        let mut add = |step, returned| steps.push((*process, step, *called, returned));
        if *outcome != Outcome::Unknown {
            add(Step::Request(*request, *outcome), *returned);
            continue;
        }
        let seen = |mark: &u64| facts.shown.get(mark).copied();
        match request {
            Request::Read => {}
            Request::Create { .. } if facts.exists.is_some_and(|since| since <= *called) => {}
            Request::Create { .. } => add(Step::Request(*request, Outcome::Unknown), Duration::MAX),
            Request::Write { mark } | Request::WriteIf { mark, .. } if seen(mark).is_some() => {
                if let Some((at, shown)) = seen(mark) {
                    add(Step::Request(*request, Outcome::Shown(shown)), at.max(*called));
                }
            }
            Request::Write { .. } if unseen => {
                number += 1;
                add(Step::Unseen { request: *request, number }, Duration::MAX);
            }
            Request::WriteIf { tag, .. } if unseen && !facts.won.contains(tag) && tags.insert(*tag) => {
                add(Step::Unseen { request: *request, number: 0 }, Duration::MAX);
            }
            Request::Write { .. } | Request::WriteIf { .. } => {}
        }
    }
    steps.push((end.0, Step::End, end.1.saturating_add(Duration::from_nanos(1)), Duration::MAX));
    steps
}

/// What answers say about requests that got none.
#[derive(Default)]
struct Facts {
    /// The first answer that showed a mark, and when it was there.
    shown: BTreeMap<u64, (Duration, Shown)>,
    /// When somebody was first shown the action.
    exists: Option<Duration>,
    /// Versions that a change was acknowledged for.
    won: BTreeSet<i64>,
}

impl Facts {
    fn of(history: &[Operation]) -> Self {
        let mut facts = Self::default();
        for operation in history {
            let (Outcome::Shown(shown), at) = (operation.outcome, operation.returned) else { continue };
            facts.exists = Some(facts.exists.map_or(at, |since| since.min(at)));
            let first = facts.shown.entry(shown.mark).or_insert((at, shown));
            if at < first.0 {
                *first = (at, shown);
            }
            if let Request::WriteIf { tag, .. } = operation.request {
                facts.won.insert(tag);
            }
        }
        facts
    }
}
