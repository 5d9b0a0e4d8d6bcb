//! What an experiment has shown, as a table.

use std::collections::HashMap;
use std::fmt;
use std::time::Duration;

use super::{Kind, RESUMED};
use crate::log::{Event, Line};
use crate::verdict::{Fault, Verdict};

/// How many faults are listed.
const LISTED: usize = 20;

/// A fault, and the longest time after it in which no write was acknowledged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Silence {
    /// What happened.
    pub kind: Kind,
    /// How long.
    pub length: Duration,
}

/// What an experiment has shown.
#[derive(Clone, Debug)]
pub struct Report {
    /// What was judged from the log.
    pub verdict: Verdict,
    /// After each fault.
    pub silences: Vec<Silence>,
    /// The longest that a client waited for an answer.
    pub longest: Duration,
    /// What `interdict audit verify` said; the error where it found something.
    pub verified: Result<String, String>,
    /// The timeline of the leader at the end: one more for each promotion.
    pub timeline: String,
}

impl Report {
    /// Sums up: `moments` are the faults with the time of each in the log, `end` is the end of the load.
    pub(super) fn new(
        lines: &[Line],
        verdict: Verdict,
        moments: Vec<(Kind, u64)>,
        end: u64,
        verified: Result<String, String>,
        timeline: &str,
    ) -> Self {
        let ends: Vec<_> = moments.iter().skip(1).map(|(_, at)| *at).chain([end]).collect();
        let silence = |((kind, from), to)| Silence { kind, length: silence(lines, from, to) };
        let silences = moments.into_iter().zip(ends).map(silence).collect();
        Self { verdict, silences, longest: longest(lines), verified, timeline: timeline.to_owned() }
    }

    /// Whether everything is as it must be.
    #[must_use]
    pub fn is_well(&self) -> bool {
        let resumed = self.silences.iter().all(|silence| silence.length <= RESUMED);
        self.verdict.faults.is_empty() && self.verified.is_ok() && resumed
    }
}

/// The longest time between two acknowledgements that lies within these moments.
fn silence(lines: &[Line], from: u64, to: u64) -> Duration {
    let acked = lines.iter().filter(|line| line.ev == Event::Ok && (from..to).contains(&line.t));
    let (mut last, mut longest) = (from, 0);
    for at in acked.map(|line| line.t).chain([to]) {
        longest = longest.max(at.saturating_sub(last));
        last = at;
    }
    Duration::from_nanos(longest)
}

/// The longest time between a request and its answer.
fn longest(lines: &[Line]) -> Duration {
    let mut sent = HashMap::new();
    let mut longest = 0;
    for line in lines {
        if line.ev == Event::Send {
            sent.insert(line.c, line.t);
        } else if let Some(at) = sent.remove(&line.c) {
            longest = longest.max(line.t.saturating_sub(at));
        }
    }
    Duration::from_nanos(longest)
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let verdict = &self.verdict;
        for Silence { kind, length } in &self.silences {
            writeln!(f, "{:<52} no write for {:>5.1} s", kind.to_string(), length.as_secs_f64())?;
        }
        let rows = [
            ("writes acknowledged", verdict.acknowledged),
            ("writes refused (503: nothing happened)", verdict.refused),
            ("writes of unknown outcome (500)", verdict.unknown),
            ("  of which changes that did happen", verdict.unknown_happened),
            ("actions read back through the API", verdict.found),
            ("entries of the journal compared", verdict.entries),
            ("acknowledged writes lost", verdict.lost()),
            ("other faults", verdict.faults.len() - verdict.lost()),
        ];
        for (name, count) in rows {
            writeln!(f, "{name:<52} {count:>8}")?;
        }
        writeln!(f, "{:<52} {:>6.1} s", "longest wait for an answer", self.longest.as_secs_f64())?;
        writeln!(f, "{:<52} {:>8}", "timeline of the leader", self.timeline)?;
        let (name, verified) = ("journals gap-free (interdict audit verify)", &self.verified);
        writeln!(f, "{name:<52} {:>8}", if verified.is_ok() { "yes" } else { "NO" })?;
        if let Err(said) = verified {
            writeln!(f, "  {}", said.trim())?;
        }
        let is_loss = |fault: &&Fault| matches!(fault, Fault::Lost(_));
        let others = verdict.faults.iter().filter(|fault| !is_loss(fault));
        for fault in others.chain(verdict.faults.iter().filter(is_loss)).take(LISTED) {
            writeln!(f, "  {fault}")?;
        }
        if verdict.faults.len() > LISTED {
            writeln!(f, "  … and {} more", verdict.faults.len() - LISTED)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::log::Op;

    fn acked(t: u64) -> Line {
        Line {
            t,
            c: 0,
            op: Op::Patch,
            key: String::new(),
            rid: String::new(),
            ev: Event::Ok,
            etag: String::new(),
            n: 0,
            status: 200,
            fault: String::new(),
        }
    }

    #[test]
    fn a_silence_is_counted_from_the_fault_and_to_the_end() {
        let lines = [10, 20, 90, 95].map(acked);
        assert_eq!(silence(&lines, 15, 100), Duration::from_nanos(70));
        assert_eq!(silence(&lines, 30, 100), Duration::from_nanos(60), "not from before the fault");
        assert_eq!(silence(&lines, 92, 1000), Duration::from_nanos(905), "writes that never come back");
    }
}
