//! What comes in: the accept loop, routes, wire types, and the one table from errors to Graph's error body.

pub mod error;
pub mod metrics;
pub mod router;
pub mod server;
pub mod state;

pub use error::{ErrorKind, GraphError, GraphResult};
pub use router::router;
pub use state::HttpState;
