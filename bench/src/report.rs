//! The tables: what was measured, beside what the machine can do, and what was aimed at.

use std::collections::BTreeMap;
use std::fmt;

use crate::load::{CONNECTIONS, Figures};
use crate::server::Memory;

/// Everything that was measured.
#[derive(Debug)]
pub(crate) struct Report {
    rows: u32,
    document_bytes: usize,
    /// Milliseconds from start to ready.
    pub(crate) starts: Vec<f64>,
    /// Memory after each measurement.
    pub(crate) memory: Vec<Memory>,
    figures: BTreeMap<String, Vec<Figures>>,
}

/// One aim: what, found, wanted, whether it was reached.
struct Aim {
    what: &'static str,
    found: String,
    wanted: &'static str,
    reached: bool,
}

const MIB: f64 = 1024.0 * 1024.0;

impl Report {
    pub(crate) const fn new(rows: u32, document_bytes: usize) -> Self {
        Self { rows, document_bytes, starts: Vec::new(), memory: Vec::new(), figures: BTreeMap::new() }
    }

    /// Adds one measurement.
    pub(crate) fn add(&mut self, what: &str, figures: Figures) {
        self.figures.entry(what.to_owned()).or_default().push(figures);
    }

    /// The median of each figure.
    fn median(&self, what: &str) -> Figures {
        let all = self.figures.get(what).map_or(&[][..], Vec::as_slice);
        let of = |figure: fn(&Figures) -> f64| median(all.iter().map(figure).collect());
        Figures {
            rate: of(|figures| figures.rate),
            p50: of(|figures| figures.p50),
            p99: of(|figures| figures.p99),
            max: of(|figures| figures.max),
            cpu_micros: of(|figures| figures.cpu_micros),
        }
    }

    fn aims(&self) -> [Aim; 9] {
        let (http, sql) = (self.median("bare http"), self.median("bare sql 32"));
        let (get, patch) = (self.median("get"), self.median("patch"));
        let (post, list) = (self.median("post"), self.median("list"));
        let start = median(self.starts.clone());
        let anonymous = self.memory.iter().map(|memory| mib(memory.anonymous)).fold(0.0, f64::max);
        let at_least = |what, found: f64, least: f64, wanted| Aim {
            what,
            found: format!("{found:.2}"),
            wanted,
            reached: found >= least,
        };
        let below = |what, found: f64, most: f64, wanted| Aim {
            what,
            found: format!("{found:.2}"),
            wanted,
            reached: found <= most,
        };
        [
            at_least("GET: rate / bare server", get.rate / http.rate, 0.6, ">= 0.60"),
            below("GET: CPU / bare server", get.cpu_micros / http.cpu_micros, 2.2, "<= 2.20"),
            at_least("PATCH: rate / bare loop at 32", patch.rate / sql.rate, 0.6, ">= 0.60"),
            below("PATCH: p99, ms", patch.p99, 20.0, "< 20"),
            at_least("POST: rate / bare loop at 32", post.rate / sql.rate, 0.6, ">= 0.60"),
            below("POST: p99, ms", post.p99, 20.0, "< 20"),
            below("list of 50: CPU, microseconds", list.cpu_micros, 45.0, "<= 45"),
            below("start to ready, ms", start, 100.0, "< 100"),
            below("anonymous memory under load, MiB", anonymous, 80.0, "< 80"),
        ]
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "\n{} actions of {} bytes; {CONNECTIONS} connections; medians of {} rounds\n",
            self.rows,
            self.document_bytes,
            self.figures.get("get").map_or(0, Vec::len)
        )?;
        writeln!(f, "| what | per second | p50 ms | p99 ms | max ms | CPU s / 1,000 |")?;
        writeln!(f, "|---|---:|---:|---:|---:|---:|")?;
        for (name, what) in [
            ("GET by id", "get"),
            ("PATCH, durable", "patch"),
            ("POST, durable", "post"),
            ("list page of 50", "list"),
            ("(a) bare server", "bare http"),
            ("(b) bare loop, 1 a commit", "bare sql 1"),
            ("(b) bare loop, 32 a commit", "bare sql 32"),
            ("(b) bare loop, 64 a commit", "bare sql 64"),
        ] {
            let Figures { rate, p50, p99, max, cpu_micros } = self.median(what);
            write!(f, "| {name} | {rate:.0} ")?;
            if cpu_micros > 0.0 {
                writeln!(f, "| {p50:.2} | {p99:.2} | {max:.1} | {:.4} |", cpu_micros / 1000.0)?;
            } else {
                writeln!(f, "| | | | |")?;
            }
        }
        let memory = self.memory.last().copied().unwrap_or_default();
        writeln!(f, "\nmapped memory after the load: {:.1} MiB\n", mib(memory.mapped))?;
        writeln!(f, "| aim | found | wanted | reached |")?;
        writeln!(f, "|---|---:|---:|---|")?;
        for Aim { what, found, wanted, reached } in self.aims() {
            writeln!(f, "| {what} | {found} | {wanted} | {} |", if reached { "yes" } else { "no" })?;
        }
        Ok(())
    }
}

/// Mebibytes, for people.
#[expect(clippy::cast_precision_loss, reason = "shown with one digit")]
fn mib(bytes: u64) -> f64 {
    bytes as f64 / MIB
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or_default()
}
