//! The HTTP floor, over real sockets and through its router.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

mod cors;
mod graph;
mod native;
mod server;
mod server_issuer;
