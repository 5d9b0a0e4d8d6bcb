//! How far long work has come: a bar on stderr, where somebody looks.

use indicatif::{ProgressBar, ProgressStyle};
use interdict_model::line::Totals;

/// The bar.
#[derive(Debug)]
pub(crate) struct Progress(ProgressBar);

const BYTES: &str = "{msg} {wide_bar} {bytes}/{total_bytes}, {bytes_per_sec}, {eta} left";
const FORM: &str = "{msg} {wide_bar} {human_pos}/{human_len} entries, {per_sec}, {eta} left";

impl Progress {
    /// Begins. The length comes with the first line.
    pub(crate) fn begin(what: &'static str) -> Self {
        let bar = ProgressBar::new(0).with_message(what);
        // The form is a constant; where it could not be read the bar would look plain.
        if let Ok(style) = ProgressStyle::with_template(FORM) {
            bar.set_style(style);
        }
        Self(bar)
    }

    /// Begins work on so many bytes.
    pub(crate) fn of_bytes(what: &'static str, length: u64) -> Self {
        let bar = ProgressBar::new(length).with_message(what);
        if let Ok(style) = ProgressStyle::with_template(BYTES) {
            bar.set_style(style);
        }
        Self(bar)
    }

    /// Begins work on so many entries.
    pub(crate) fn of_entries(what: &'static str, entries: u64) -> Self {
        let progress = Self::begin(what);
        progress.0.set_length(entries);
        progress
    }

    /// So many bytes or entries are done.
    pub(crate) fn at(&self, done: u64) {
        self.0.set_position(done);
    }

    /// So many entries are done.
    pub(crate) fn show(&self, done: u64, of: Totals) {
        self.0.set_length(of.entries);
        self.0.set_position(done);
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.0.finish_and_clear();
    }
}
