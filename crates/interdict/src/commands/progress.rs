//! How far long work has come: a bar on stderr, where somebody looks.

use indicatif::{ProgressBar, ProgressStyle};
use interdict_model::line::Totals;

/// The bar of work on entries.
#[derive(Debug)]
pub(crate) struct Progress(ProgressBar);

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

    /// So much is done.
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
