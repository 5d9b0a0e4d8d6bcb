//! How much time, space and company a connection gets; documented in `docs/reference/limits.md`.

use std::time::Duration;

/// What a connection may cost. The defaults suit production; tests shorten them.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Connections at one time; more wait in the kernel's queue.
    pub connections: usize,
    /// The TLS handshake.
    pub handshake: Duration,
    /// From the first byte of a request's head to its last, and from connecting to the first head.
    pub head: Duration,
    /// Between two requests of a connection.
    pub idle: Duration,
    /// A whole request body, however it trickles.
    pub body: Duration,
    /// A write that the peer takes no byte of.
    pub write_stall: Duration,
    /// A response that makes no progress, as with an HTTP/2 peer whose window stays shut.
    pub response_stall: Duration,
    /// What a connection without a request has left once the server stops.
    pub farewell: Duration,
    /// Bytes of the request line and the header section together.
    pub head_bytes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connections: 10_000,
            handshake: Duration::from_secs(10),
            head: Duration::from_secs(10),
            idle: Duration::from_secs(75),
            body: Duration::from_secs(30),
            write_stall: Duration::from_secs(30),
            response_stall: Duration::from_secs(120),
            farewell: Duration::from_secs(1),
            head_bytes: 96 * 1024,
        }
    }
}
