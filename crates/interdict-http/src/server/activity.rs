//! What a connection is doing: the reading side asks it how long it may still wait for bytes.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::task::{Context, Poll};

use axum::body::{Body, Bytes};
use http_body::{Frame, SizeHint};
use tokio::time::Instant;

use super::Limits;

/// What one connection is doing, shared by its transport and its requests.
#[derive(Debug)]
pub(super) struct Activity {
    start: Instant,
    limits: Limits,
    /// Whether requests come one after another (HTTP/1.1), so that bytes between them begin a head.
    sequential: bool,
    /// Requests whose response body has not ended.
    in_flight: AtomicUsize,
    /// When a request last began, answered or sent a part of its body; milliseconds since `start`.
    progress: AtomicU64,
    /// When the head being read began, in milliseconds since `start`, plus one; 0 between heads.
    head: AtomicU64,
    /// When the server stopped, in milliseconds since `start`, plus one; 0 before.
    stopped: AtomicU64,
}

/// Bytes of the HTTP/2 connection preface.
const PREFACE: u64 = 24;

impl Activity {
    pub(super) fn new(limits: Limits, sequential: bool) -> Arc<Self> {
        Arc::new(Self {
            start: Instant::now(),
            limits,
            sequential,
            in_flight: AtomicUsize::new(0),
            progress: AtomicU64::new(0),
            // The first head is waited for from the start.
            head: AtomicU64::new(1),
            stopped: AtomicU64::new(0),
        })
    }

    fn millis(&self) -> u64 {
        u64::try_from(self.start.elapsed().as_millis()).unwrap_or(u64::MAX)
    }

    fn at(&self, millis: u64) -> Instant {
        self.start + std::time::Duration::from_millis(millis)
    }

    /// A request's head has been read.
    pub(super) fn begin(self: &Arc<Self>) -> InFlight {
        self.in_flight.fetch_add(1, Ordering::Relaxed);
        self.head.store(0, Ordering::Relaxed);
        self.advance();
        InFlight(Arc::clone(self))
    }

    fn advance(&self) {
        self.progress.store(self.millis(), Ordering::Relaxed);
    }

    /// Bytes have come; `total` counts those of the connection.
    pub(super) fn received(&self, total: u64) {
        if self.sequential {
            if self.in_flight.load(Ordering::Relaxed) == 0 && self.head.load(Ordering::Relaxed) == 0 {
                self.head.store(self.millis() + 1, Ordering::Relaxed);
            }
        } else if total >= PREFACE {
            self.head.store(0, Ordering::Relaxed);
        }
    }

    /// The server stops: a connection without a request has a moment left.
    pub(super) fn stop(&self) {
        self.stopped.store(self.millis() + 1, Ordering::Relaxed);
    }

    /// Until when the connection may stay silent.
    pub(super) fn deadline(&self) -> Instant {
        let progress = self.at(self.progress.load(Ordering::Relaxed));
        if self.in_flight.load(Ordering::Relaxed) > 0 {
            return progress + self.limits.response_stall;
        }
        if let Some(stopped) = self.stopped.load(Ordering::Relaxed).checked_sub(1) {
            return self.at(stopped) + self.limits.farewell;
        }
        match self.head.load(Ordering::Relaxed) {
            0 => progress + self.limits.idle,
            begun => self.at(begun - 1) + self.limits.head,
        }
    }
}

/// One request, until the last of its response has been taken.
#[derive(Debug)]
pub(super) struct InFlight(Arc<Activity>);

impl Drop for InFlight {
    fn drop(&mut self) {
        self.0.advance();
        self.0.in_flight.fetch_sub(1, Ordering::Relaxed);
    }
}

/// A response body that keeps its request in flight.
#[derive(Debug)]
pub(super) struct TrackedBody {
    body: Body,
    request: InFlight,
}

impl TrackedBody {
    pub(super) const fn new(body: Body, request: InFlight) -> Self {
        Self { body, request }
    }
}

impl http_body::Body for TrackedBody {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        let polled = Pin::new(&mut self.body).poll_frame(cx);
        if polled.is_ready() {
            self.request.0.advance();
        }
        polled
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
