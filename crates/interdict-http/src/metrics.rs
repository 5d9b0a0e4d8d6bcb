//! Counters and histograms, in OpenMetrics' text format; `docs/reference/metrics.md` names each.

mod requests;

use std::sync::atomic::Ordering;
use std::time::Duration;

use http::{Method, StatusCode};
use interdict_model::execution::Phase;
use interdict_model::view::Turn;
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::metrics::info::Info;
use prometheus_client::registry::Registry;

use requests::Requests;

/// All metrics of the process.
#[derive(Debug)]
pub struct Metrics {
    registry: Registry,
    requests: Requests,
    batch: Histogram,
    commit_seconds: Histogram,
    commit_failures: Counter,
    phases: Family<[(&'static str, &'static str); 1], Counter>,
    dead_letters: Counter,
    undo_failures: Counter,
    unsure: Gauge,
    wal_pages: Gauge,
    token_hits: Counter,
    token_misses: Counter,
    connections: Gauge,
    accepted: Counter,
    draining: Gauge,
}

impl Default for Metrics {
    fn default() -> Self {
        let mut registry = Registry::with_prefix("interdict");
        let requests = Requests::default();
        registry.register_collector(Box::new(requests.clone()));
        let metrics = Self {
            requests,
            batch: Histogram::new([1.0, 2.0, 4.0, 8.0, 16.0, 24.0, 32.0, 48.0, 64.0]),
            commit_seconds: Histogram::new([
                0.000_5, 0.001, 0.002, 0.004, 0.008, 0.016, 0.032, 0.064, 0.128, 0.256, 0.512, 1.0, 2.0,
            ]),
            commit_failures: Counter::default(),
            phases: Family::default(),
            dead_letters: Counter::default(),
            undo_failures: Counter::default(),
            unsure: Gauge::default(),
            wal_pages: Gauge::default(),
            token_hits: Counter::default(),
            token_misses: Counter::default(),
            connections: Gauge::default(),
            accepted: Counter::default(),
            draining: Gauge::default(),
            registry: Registry::default(),
        };
        registry.register("commit_batch_commands", "Commands in one commit", metrics.batch.clone());
        registry.register("commit_seconds", "Time of one commit", metrics.commit_seconds.clone());
        registry.register(
            "commit_failures",
            "Commits that failed; nothing of them was written",
            metrics.commit_failures.clone(),
        );
        // A rate is known from the first one on.
        Phase::ALL.iter().for_each(|phase| drop(metrics.phases.get_or_create(&[("phase", phase.name())])));
        registry.register(
            "action_phases",
            "Actions that came into a phase, as this node committed it",
            metrics.phases.clone(),
        );
        registry.register(
            "dead_letters",
            "Actions that failed at the last of their attempts",
            metrics.dead_letters.clone(),
        );
        registry.register(
            "undo_failures",
            "Effects that were to be lifted and were not so far",
            metrics.undo_failures.clone(),
        );
        registry.register(
            "restored_unconfirmed",
            "Tenants that have not confirmed what was restored",
            metrics.unsure.clone(),
        );
        registry.register(
            "wal_pages",
            "Pages in the write-ahead log after the last commit",
            metrics.wal_pages.clone(),
        );
        registry.register(
            "token_cache_hits",
            "Tokens that were verified before and still valid",
            metrics.token_hits.clone(),
        );
        registry.register(
            "token_cache_misses",
            "Tokens whose signature had to be checked",
            metrics.token_misses.clone(),
        );
        registry.register("connections_open", "Open connections", metrics.connections.clone());
        registry.register("connections_accepted", "Connections accepted", metrics.accepted.clone());
        registry.register("draining", "1 while the server stops, else 0", metrics.draining.clone());
        registry.register(
            "build",
            "The version that runs",
            Info::new([("version", env!("CARGO_PKG_VERSION"))]),
        );
        Self { registry, ..metrics }
    }
}

impl Metrics {
    /// Counts an answered request.
    pub fn answered(&self, route: &'static str, method: &Method, status: StatusCode, took: Duration) {
        self.requests.answered(route, method, status, took);
    }

    /// A connection was opened.
    pub(crate) fn opened(&self) {
        self.accepted.inc();
        self.connections.inc();
    }

    /// A connection has ended.
    pub(crate) fn closed(&self) {
        self.connections.dec();
    }

    /// The server is about to stop: it is unready, and every answer ends its connection.
    pub fn drain(&self) {
        self.draining.set(1);
    }

    /// Whether the server is about to stop.
    #[must_use]
    pub fn is_draining(&self) -> bool {
        self.draining.get() != 0
    }

    /// So many tenants have not said that the restored store is right.
    pub fn unsure(&self, tenants: u64) {
        self.unsure.set(i64::try_from(tenants).unwrap_or(i64::MAX));
    }

    /// Everything, as OpenMetrics text; `token_cache` is the hits and misses of the token cache so far.
    #[must_use]
    pub fn text(&self, token_cache: (u64, u64)) -> String {
        self.token_hits.inner().store(token_cache.0, Ordering::Relaxed);
        self.token_misses.inner().store(token_cache.1, Ordering::Relaxed);
        let mut text = String::new();
        // Writing to a string cannot fail.
        let _ = encode(&mut text, &self.registry);
        text
    }
}

impl interdict_app::committer::CommitObserver for Metrics {
    fn committed(&self, commands: usize, seconds: f64, wal_pages: u64) {
        self.batch.observe(u32::try_from(commands).map_or(f64::MAX, f64::from));
        self.commit_seconds.observe(seconds);
        self.wal_pages.set(i64::try_from(wal_pages).unwrap_or(i64::MAX));
    }

    fn failed(&self, _commands: usize) {
        self.commit_failures.inc();
    }

    fn turned(&self, turn: &Turn) {
        match turn {
            Turn::Phase { phase, exhausted, .. } => {
                self.phases.get_or_create(&[("phase", phase.name())]).inc();
                if *exhausted {
                    self.dead_letters.inc();
                }
            }
            Turn::UndoFailed { .. } => drop(self.undo_failures.inc()),
        }
    }
}

#[cfg(test)]
mod tests {
    use interdict_app::committer::CommitObserver;

    use super::*;

    #[test]
    fn every_metric_is_in_the_text() {
        let metrics = Metrics::default();
        metrics.answered("/a", &Method::GET, StatusCode::OK, Duration::from_millis(1));
        metrics.answered("/a", &Method::GET, StatusCode::OK, Duration::from_millis(1));
        metrics.answered("/a", &Method::GET, StatusCode::NOT_FOUND, Duration::from_micros(1));
        metrics.committed(32, 0.003, 17);
        metrics.failed(3);
        metrics.opened();
        metrics.opened();
        metrics.closed();
        metrics.drain();
        let text = metrics.text((5, 2));
        for line in [
            r#"interdict_http_requests_total{route="/a",method="GET",status="200"} 2"#,
            r#"interdict_http_requests_total{route="/a",method="GET",status="404"} 1"#,
            r#"interdict_http_request_seconds_count{route="/a",method="GET"} 3"#,
            r#"interdict_http_request_seconds_bucket{le="0.0001",route="/a",method="GET"} 1"#,
            "interdict_commit_batch_commands_sum 32.0",
            "interdict_commit_seconds_count 1",
            "interdict_commit_failures_total 1",
            "interdict_wal_pages 17",
            "interdict_token_cache_hits_total 5",
            "interdict_token_cache_misses_total 2",
            "interdict_connections_open 1",
            "interdict_connections_accepted_total 2",
            "interdict_draining 1",
            "interdict_build_info{version=",
            "# EOF",
        ] {
            assert!(text.contains(line), "{line} is not in:\n{text}");
        }
    }

    #[test]
    fn every_alert_is_about_metrics_that_there_are() {
        let rules = include_str!("../../../deploy/prometheus/alerts.yml");
        let text = Metrics::default().text((0, 0));
        let expressions: Vec<_> =
            rules.lines().filter_map(|line| line.trim().strip_prefix("expr: ")).collect();
        assert!(expressions.len() > 5);
        for expression in expressions {
            let at = expression.find("interdict_").unwrap_or_default();
            let name = expression.get(at..).unwrap_or_default();
            let name =
                name.split(|c: char| !c.is_ascii_alphanumeric() && c != '_').next().unwrap_or_default();
            assert!(text.contains(&format!("# TYPE {} ", name.trim_end_matches("_total"))), "{expression}");
            for phase in expression.split("phase=~\"").nth(1).and_then(|it| it.split('"').next()).into_iter()
            {
                assert!(phase.split('|').all(|name| Phase::parse(name).is_some()), "{expression}");
            }
        }
    }

    #[test]
    fn every_metric_is_documented() {
        let page = include_str!("../../../docs/reference/metrics.md");
        let metrics = Metrics::default();
        metrics.answered("/a", &Method::GET, StatusCode::OK, Duration::ZERO);
        for line in metrics.text((0, 0)).lines().filter_map(|line| line.strip_prefix("# TYPE ")) {
            let name = line.split(' ').next().unwrap_or_default();
            assert!(page.contains(&format!("`{name}")), "`{name}` is not in docs/reference/metrics.md");
        }
    }
}
