//! Counters and histograms, in Prometheus' text format.

/// All metrics of the process.
#[derive(Debug, Default)]
pub struct Metrics {}

impl interdict_app::committer::CommitObserver for Metrics {
    fn committed(&self, _commands: usize, _seconds: f64, _wal_pages: u64) {}
    fn failed(&self, _commands: usize) {}
}
