//! What comes in: the accept loop, routes, wire types, and the one table from errors to Graph's error body.

mod caught;
pub mod error;
mod extract;
pub mod graph;
pub mod health;
pub mod issuer;
mod json;
pub mod metrics;
pub mod native;
pub mod observe;
mod openapi;
mod percent;
mod port;
pub mod router;
pub mod server;
pub mod state;
mod waiting;
mod warning;

pub use axum::Router;
pub use error::{ErrorKind, GraphError, GraphResult};
pub use observe::{Label, RequestIds};
pub use port::Port;
pub use router::public_port;
pub use state::HttpState;
pub use waiting::waiting_port;
