//! What was measured: every measurement of each thing, and the median of each of its figures.

use anyhow::{Context, Result, ensure};

/// What one measurement found. What was not looked at is 0.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Figures {
    /// Requests (or rows) a second.
    pub(crate) rate: f64,
    /// Median latency, milliseconds.
    pub(crate) p50: f64,
    /// Latency of the slowest hundredth, milliseconds.
    pub(crate) p99: f64,
    /// Longest latency, milliseconds.
    pub(crate) max: f64,
    /// Microseconds of the server's CPU for one request.
    pub(crate) cpu_micros: f64,
    /// The most memory that one server held of its own meanwhile, megabytes.
    pub(crate) memory: f64,
}

impl Figures {
    /// Figures of something that has a rate alone.
    pub(crate) fn of_rate(rate: f64) -> Self {
        Self { rate, ..Self::default() }
    }
}

/// Every measurement, by what was measured, in the order in which each was first.
#[derive(Debug, Default)]
pub(crate) struct Measured {
    all: Vec<(String, Vec<Figures>)>,
}

impl Measured {
    /// Adds one measurement, and shows how it went.
    pub(crate) fn add(&mut self, what: &str, figures: Figures) {
        println!("  {what}: {:.0} a second", figures.rate);
        match self.all.iter_mut().find(|(known, _)| known == what) {
            Some((_, measurements)) => measurements.push(figures),
            None => self.all.push((what.to_owned(), vec![figures])),
        }
    }

    /// The median of each figure of one thing.
    pub(crate) fn median(&self, what: &str) -> Result<Figures> {
        self.all(what).map(medians)
    }

    /// The medians of everything.
    pub(crate) fn medians(&self) -> impl Iterator<Item = (&str, Figures)> {
        self.all.iter().map(|(what, all)| (&**what, medians(all)))
    }

    /// How many times as fast one thing was as another: the median over the rounds, since a machine is faster in one than
    /// in another.
    pub(crate) fn rates(&self, what: &str, than: &str) -> Result<f64> {
        self.times(what, than, |figures| figures.rate)
    }

    /// How many times as much of a figure one thing had as another, the median over the rounds.
    pub(crate) fn times(&self, what: &str, than: &str, figure: fn(&Figures) -> f64) -> Result<f64> {
        let (ours, theirs) = (self.all(what)?, self.all(than)?);
        ensure!(ours.len() == theirs.len(), "`{what}` and `{than}` were not measured in the same rounds");
        let rounds = ours.iter().zip(theirs);
        Ok(median(rounds.map(|(ours, theirs)| figure(ours) / figure(theirs)).collect()))
    }

    fn all(&self, what: &str) -> Result<&[Figures]> {
        let found = self.all.iter().find(|(known, _)| known == what);
        found.map(|(_, all)| &**all).with_context(|| format!("`{what}` was not measured"))
    }

    /// The most memory at any time while one of these things was measured.
    pub(crate) fn memory(&self, counts: impl Fn(&str) -> bool) -> f64 {
        let counted = self.all.iter().filter(|(what, _)| counts(what));
        counted.flat_map(|(_, all)| all).map(|figures| figures.memory).fold(0.0, f64::max)
    }
}

fn medians(all: &[Figures]) -> Figures {
    let of = |figure: fn(&Figures) -> f64| median(all.iter().map(figure).collect());
    Figures {
        rate: of(|figures| figures.rate),
        p50: of(|figures| figures.p50),
        p99: of(|figures| figures.p99),
        max: of(|figures| figures.max),
        cpu_micros: of(|figures| figures.cpu_micros),
        memory: of(|figures| figures.memory),
    }
}

/// The value in the middle; between the two that are there where their number is even.
pub(crate) fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    let at = |place: usize| values.get(place).copied().unwrap_or_default();
    f64::midpoint(at(values.len().saturating_sub(1) / 2), at(values.len() / 2))
}
