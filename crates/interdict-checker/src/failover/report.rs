//! What an experiment has shown, as a table.

use std::collections::HashMap;
use std::fmt;
use std::time::Duration;

use super::{Kind, RESUMED};
use crate::carried::verdict as carried;
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
    /// What was judged of the actions that were carried out.
    pub carried: carried::Verdict,
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
    /// Whether everything is as it must be.
    #[must_use]
    pub fn is_well(&self) -> bool {
        let resumed = self.silences.iter().all(|silence| silence.length <= RESUMED);
        let faults = self.verdict.faults.len() + self.carried.faults.len();
        faults == 0 && self.verified.is_ok() && resumed
    }
}

/// The silence after each fault: `moments` are the faults with the time of each in the log, `end` is the end of the load.
pub(super) fn silences(lines: &[Line], moments: Vec<(Kind, u64)>, end: u64) -> Vec<Silence> {
    let ends: Vec<_> = moments.iter().skip(1).map(|(_, at)| *at).chain([end]).collect();
    let silence = |((kind, from), to)| Silence { kind, length: silence(lines, from, to) };
    moments.into_iter().zip(ends).map(silence).collect()
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
pub(super) fn longest(lines: &[Line]) -> Duration {
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
        let (verdict, carried) = (&self.verdict, &self.carried);
        for Silence { kind, length } in &self.silences {
            writeln!(f, "{:<52} no write for {:>5.1} s", kind.to_string(), length.as_secs_f64())?;
        }
        let rows = [
            ("writes acknowledged", verdict.acknowledged),
            ("writes refused (503: nothing happened)", verdict.refused),
            ("writes of unknown outcome (500, or a node that died)", verdict.unknown),
            ("  of which changes that did happen", verdict.unknown_happened),
            ("actions read back through the API", verdict.found),
            ("entries of the journal compared", verdict.entries),
            ("acknowledged writes lost", verdict.lost()),
            ("other faults of writes", verdict.faults.len() - verdict.lost()),
            ("actions filed with a provider", carried.filed),
            ("handed out", carried.handed_out),
            ("  of which again", carried.again),
            ("    with a kill between the two", carried.over_a_kill),
            ("  and with an answer that reached nobody", carried.unheard),
            ("completed", carried.completed),
            ("  succeeded, with those that joined a block", carried.succeeded),
            ("undone", carried.undone),
            ("reports rejected by their fence", carried.rejected),
            ("filings and reports of unknown outcome, asked again", carried.unknown),
            ("faults of actions carried out", carried.faults.len()),
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
        list(f, others.chain(verdict.faults.iter().filter(is_loss)), verdict.faults.len())?;
        list(f, &carried.faults, carried.faults.len())
    }
}

/// The first of the faults, and how many more there are.
fn list<F: fmt::Display>(
    f: &mut fmt::Formatter<'_>,
    faults: impl IntoIterator<Item = F>,
    count: usize,
) -> fmt::Result {
    faults.into_iter().take(LISTED).try_for_each(|fault| writeln!(f, "  {fault}"))?;
    if count > LISTED { writeln!(f, "  … and {} more", count - LISTED) } else { Ok(()) }
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
