//! Claims, each with what its holder reported and was told.

use std::collections::BTreeMap;

use super::super::note::{HandOut, Note, What};
use crate::log::Event;

/// A claim on an action.
#[derive(Debug)]
pub(super) struct Claim<'a> {
    pub(super) handed: &'a HandOut,
    /// When the program had it.
    pub(super) received: u64,
    reports: Vec<Report>,
}

/// A report on it.
#[derive(Debug)]
struct Report {
    sent: u64,
    /// The last that is known of it.
    ev: Event,
    /// Until when the claim holds by it, where it was acknowledged; `None` of an end.
    renewed: Option<i64>,
}

/// All claims, by fence: the order in which they were handed out.
pub(super) fn claims(notes: &[Note]) -> Vec<Claim<'_>> {
    let mut reports: BTreeMap<i64, Vec<Report>> = BTreeMap::new();
    for note in notes {
        let (fence, renewed) = match &note.what {
            What::Renew { fence, expires } => (*fence, Some(*expires)),
            What::Complete { fence } => (*fence, None),
            _ => continue,
        };
        let of_one = reports.entry(fence).or_default();
        match of_one.last_mut() {
            Some(report) if note.ev != Event::Send => (report.ev, report.renewed) = (note.ev, renewed),
            _ => of_one.push(Report { sent: note.t, ev: note.ev, renewed }),
        }
    }
    let mut claims: Vec<_> = notes
        .iter()
        .filter_map(|note| match &note.what {
            What::HandOut(handed) => Some(Claim { handed, received: note.t, reports: Vec::new() }),
            _ => None,
        })
        .collect();
    claims.sort_by_key(|claim| (claim.handed.fence, claim.received));
    for claim in &mut claims {
        // Where a fence is handed out twice, that is the fault.
        claim.reports = reports.remove(&claim.handed.fence).unwrap_or_default();
    }
    claims
}

impl Claim<'_> {
    /// Whether its holder was told that it is done.
    pub(super) fn is_completed(&self) -> bool {
        self.reports.iter().any(|report| report.renewed.is_none() && report.ev == Event::Ok)
    }

    /// Whether it must still have held when the newer one was handed out. Nobody who holds it may be told less.
    pub(super) fn is_alive_beside(&self, newer: &Self) -> bool {
        let may_have_ended = self.reports.iter().any(|report| {
            report.renewed.is_none() && report.ev != Event::Fail && report.sent < newer.received
        });
        let renewed = self.renewals().filter(|expires| !self.was_renewed_behind(*expires, newer));
        let expires = renewed.chain([self.handed.expires]).max().unwrap_or_default();
        let received = i64::try_from(newer.received).unwrap_or(i64::MAX);
        // The server's word for the instant, and our own clock: neither may say so.
        !may_have_ended && (newer.handed.handed < expires || received < expires)
    }

    /// Whether a report on it was accepted, though the newer one of the same action had been handed out.
    pub(super) fn was_believed_beside(&self, newer: &Self) -> bool {
        let late = |report: &Report| report.ev == Event::Ok && report.sent > newer.received;
        self.is_completed()
            || self.reports.iter().any(late)
            || self.renewals().any(|expires| self.was_renewed_behind(expires, newer))
    }

    /// Until when it holds, by each renewal that was acknowledged.
    fn renewals(&self) -> impl Iterator<Item = i64> {
        self.reports.iter().filter(|report| report.ev == Event::Ok).filter_map(|report| report.renewed)
    }

    /// Whether the renewal until then took place when the newer one had been handed out.
    fn was_renewed_behind(&self, expires: i64, newer: &Self) -> bool {
        let length = self.handed.expires - self.handed.handed;
        expires - length > newer.handed.handed
    }
}
