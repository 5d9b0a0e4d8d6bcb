//! One action as a register: what each request does to it, and which answers it allows. Pure.

use super::{Outcome, Request, Shown};

/// The state of an action.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub enum Register {
    /// It was not created.
    #[default]
    Absent,
    /// It was shown to somebody like this.
    Known {
        /// Its version.
        version: i64,
        /// The hash of its body.
        body: u64,
    },
    /// A request wrote it whose answer was lost: its version is later than one that is known, and nobody saw it yet.
    Unseen {
        /// That earlier version.
        above: i64,
        /// The mark that was written.
        mark: u64,
    },
}

impl Register {
    /// The state after a request with that outcome; `None` where the state does not allow the outcome.
    ///
    /// Every state allows the outcome that is unknown. Such a request has no end, so it may come after all others, where
    /// nobody sees what it did: that it never happened needs no rule of its own.
    #[must_use]
    pub fn after(&self, request: Request, outcome: Outcome) -> Option<Self> {
        match (request, outcome) {
            (Request::Create { mark }, Outcome::Shown(shown)) if *self == Self::Absent => {
                (shown.mark == mark).then_some(Self::known(shown))
            }
            (Request::Create { .. } | Request::Read, Outcome::Shown(shown)) => self.read(shown),
            (Request::Create { mark }, Outcome::Unknown) if *self == Self::Absent => {
                Some(Self::Unseen { above: 0, mark })
            }
            (Request::Create { .. } | Request::Read, Outcome::Unknown) => Some(self.clone()),
            (Request::Create { .. }, Outcome::Missing | Outcome::Mismatch)
            | (Request::Read | Request::Write { .. }, Outcome::Mismatch) => None,
            (Request::Read | Request::Write { .. } | Request::WriteIf { .. }, Outcome::Missing) => {
                (*self == Self::Absent).then_some(Self::Absent)
            }
            (Request::Write { mark }, outcome) => self.written(mark, outcome),
            (Request::WriteIf { tag, .. }, Outcome::Mismatch) => {
                (*self != Self::Absent && !self.has(tag)).then(|| self.clone())
            }
            (Request::WriteIf { tag, mark }, outcome) if self.has(tag) => self.written(mark, outcome),
            (Request::WriteIf { .. }, Outcome::Shown(_)) => None,
            (Request::WriteIf { .. }, Outcome::Unknown) => Some(self.clone()),
        }
    }

    const fn known(shown: Shown) -> Self {
        Self::Known { version: shown.version, body: shown.body }
    }

    /// Whether it has that version. Whoever names a version has seen it before, so one that nobody saw has another.
    fn has(&self, tag: i64) -> bool {
        matches!(self, Self::Known { version, .. } if *version == tag)
    }

    fn read(&self, shown: Shown) -> Option<Self> {
        let is_shown = match self {
            Self::Absent => false,
            Self::Known { version, body } => (*version, *body) == (shown.version, shown.body),
            Self::Unseen { above, mark } => shown.version > *above && shown.mark == *mark,
        };
        is_shown.then_some(Self::known(shown))
    }

    fn written(&self, mark: u64, outcome: Outcome) -> Option<Self> {
        let before = match self {
            Self::Absent => return (outcome == Outcome::Unknown).then_some(Self::Absent),
            Self::Known { version, .. } => *version,
            Self::Unseen { above, .. } => above + 1,
        };
        match outcome {
            Outcome::Shown(shown) if shown.mark == mark && shown.version > before => Some(Self::known(shown)),
            Outcome::Unknown => Some(Self::Unseen { above: before, mark }),
            Outcome::Shown(_) | Outcome::Mismatch | Outcome::Missing => None,
        }
    }
}
