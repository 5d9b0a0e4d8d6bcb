//! The tables: what was measured, and what was aimed at.

use std::fmt;

use crate::figures::{Figures, Measured};

/// Everything about one engine.
#[derive(Debug)]
pub(crate) struct Report {
    /// The engine's name.
    pub(crate) engine: String,
    /// Under what conditions.
    pub(crate) conditions: String,
    /// The figures.
    pub(crate) measured: Measured,
    /// What was aimed at.
    pub(crate) aims: Vec<Aim>,
}

/// One aim: what, found, wanted.
#[derive(Debug)]
pub(crate) struct Aim {
    what: String,
    found: f64,
    wanted: f64,
    relation: Relation,
    unit: &'static str,
    digits: usize,
}

#[derive(Clone, Copy, Debug)]
enum Relation {
    AtLeast,
    MoreThan,
    AtMost,
    LessThan,
}

impl Aim {
    /// A share of what something else reached, at the least.
    pub(crate) fn share(what: &str, found: f64, wanted: f64) -> Self {
        Self::new(what, Relation::AtLeast, (100.0 * found, 100.0 * wanted), " %", 0)
    }

    /// Better than something else.
    pub(crate) fn better(what: &str, found: f64) -> Self {
        Self::new(what, Relation::MoreThan, (100.0 * found, 100.0), " %", 0)
    }

    /// So many times as much, at the least.
    pub(crate) fn times(what: &str, found: f64, wanted: f64) -> Self {
        Self::new(what, Relation::AtLeast, (found, wanted), " ×", 2)
    }

    /// So many times as much, at the most.
    pub(crate) fn within(what: &str, found: f64, wanted: f64) -> Self {
        Self::new(what, Relation::AtMost, (found, wanted), " ×", 2)
    }

    /// At the most so much of that unit.
    pub(crate) fn at_most(what: &str, found: f64, wanted: f64, unit: &'static str) -> Self {
        Self::new(what, Relation::AtMost, (found, wanted), unit, 1)
    }

    /// Less than so much of that unit.
    pub(crate) fn below(what: &str, found: f64, wanted: f64, unit: &'static str) -> Self {
        Self::new(what, Relation::LessThan, (found, wanted), unit, 1)
    }

    fn new(
        what: &str,
        relation: Relation,
        (found, wanted): (f64, f64),
        unit: &'static str,
        digits: usize,
    ) -> Self {
        Self { what: what.to_owned(), found, wanted, relation, unit, digits }
    }

    fn is_reached(&self) -> bool {
        match self.relation {
            Relation::AtLeast => self.found >= self.wanted,
            Relation::MoreThan => self.found > self.wanted,
            Relation::AtMost => self.found <= self.wanted,
            Relation::LessThan => self.found < self.wanted,
        }
    }
}

impl fmt::Display for Aim {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { what, found, wanted, unit, digits, .. } = self;
        let sign = match self.relation {
            Relation::AtLeast => "≥",
            Relation::MoreThan => ">",
            Relation::AtMost => "≤",
            Relation::LessThan => "<",
        };
        let reached = if self.is_reached() { "yes" } else { "no" };
        write!(f, "| {what} | {found:.digits$}{unit} | {sign} {wanted}{unit} | {reached} |")
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "\n## {}\n\n{}\n", self.engine, self.conditions)?;
        writeln!(f, "| what | per second | p50 ms | p99 ms | max ms | CPU µs | memory MB |")?;
        writeln!(f, "|---|---:|---:|---:|---:|---:|---:|")?;
        for (what, Figures { rate, p50, p99, max, cpu_micros, memory }) in self.measured.medians() {
            write!(f, "| {what} | {rate:.0} ")?;
            if cpu_micros > 0.0 {
                writeln!(f, "| {p50:.2} | {p99:.2} | {max:.1} | {cpu_micros:.1} | {memory:.1} |")?;
            } else {
                writeln!(f, "| | | | | |")?;
            }
        }
        if self.aims.is_empty() {
            return Ok(());
        }
        writeln!(f, "\n| aim on {} | found | wanted | reached |", self.engine)?;
        writeln!(f, "|---|---:|---:|---|")?;
        self.aims.iter().try_for_each(|aim| writeln!(f, "{aim}"))
    }
}
