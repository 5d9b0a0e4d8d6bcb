//! The query language of OData as a room of its own: text → tokens → tree → bound query. Knows no entity of ours.

pub mod bind;
pub mod edm;
pub mod error;
pub mod query;

pub use error::{QueryError, QueryErrorCode};
pub use query::BoundQuery;
