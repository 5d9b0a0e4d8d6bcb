//! Requests by route, method and status: counters that are found without a lock and without making a label.

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use arc_swap::ArcSwap;
use http::{Method, StatusCode};
use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeMetric};
use prometheus_client::metrics::MetricType;
use prometheus_client::metrics::histogram::Histogram;

type Key = (&'static str, &'static str);

/// Requests by route, method and status. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub(super) struct Requests {
    // Grows by the routes of the program, seen once each; then it is only read.
    routes: Arc<ArcSwap<HashMap<Key, Arc<Route>>>>,
}

/// What is counted of one route and method.
#[derive(Debug)]
struct Route {
    /// By status, from 100 on.
    statuses: Vec<AtomicU64>,
    seconds: Histogram,
}

impl Route {
    fn new() -> Self {
        Self {
            statuses: std::iter::repeat_with(AtomicU64::default).take(500).collect(),
            seconds: Histogram::new([
                0.000_025, 0.000_05, 0.000_1, 0.000_25, 0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05,
                0.1, 0.25, 0.5, 1.0, 2.5,
            ]),
        }
    }

    fn answered(&self, status: StatusCode, took: Duration) {
        let index = usize::from(status.as_u16()).saturating_sub(100);
        if let Some(count) = self.statuses.get(index) {
            count.fetch_add(1, Ordering::Relaxed);
        }
        self.seconds.observe(took.as_secs_f64());
    }

    /// Statuses that were answered, and how often.
    fn counts(&self) -> impl Iterator<Item = (u64, u64)> {
        (100..)
            .zip(self.statuses.iter().map(|count| count.load(Ordering::Relaxed)))
            .filter(|(_, count)| *count > 0)
    }
}

impl Requests {
    pub(super) fn answered(&self, route: &'static str, method: &Method, status: StatusCode, took: Duration) {
        let key = (route, method_label(method));
        if let Some(route) = self.routes.load().get(&key) {
            return route.answered(status, took);
        }
        self.routes.rcu(|routes| {
            let mut routes = HashMap::clone(routes);
            routes.entry(key).or_insert_with(|| Arc::new(Route::new()));
            routes
        });
        if let Some(route) = self.routes.load().get(&key) {
            route.answered(status, took);
        }
    }
}

/// A bounded set: clients may send any method.
fn method_label(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::HEAD => "HEAD",
        Method::POST => "POST",
        Method::PUT => "PUT",
        Method::PATCH => "PATCH",
        Method::DELETE => "DELETE",
        Method::OPTIONS => "OPTIONS",
        _ => "other",
    }
}

impl Collector for Requests {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> Result<(), fmt::Error> {
        let routes = self.routes.load();
        let mut routes: Vec<_> = routes.iter().collect();
        routes.sort_by_key(|(key, _)| **key);
        let mut family =
            encoder.encode_descriptor("http_requests", "Requests answered", None, MetricType::Counter)?;
        for ((route, method), counts) in &routes {
            for (status, count) in counts.counts() {
                let labels = [("route", *route), ("method", *method), ("status", &status.to_string())];
                family.encode_family(&labels)?.encode_counter::<[(&str, &str); 0], _, u64>(&count, None)?;
            }
        }
        let mut family = encoder.encode_descriptor(
            "http_request_seconds",
            "Time from a request's head to its answer's",
            None,
            MetricType::Histogram,
        )?;
        for ((route, method), counts) in &routes {
            counts.seconds.encode(family.encode_family(&[("route", *route), ("method", *method)])?)?;
        }
        Ok(())
    }
}
