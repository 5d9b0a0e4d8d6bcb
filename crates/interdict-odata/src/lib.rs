//! The query language of OData as a room of its own: text → tokens → tree → bound query. Knows no entity of ours.

#[cfg(any(test, feature = "arbitrary"))]
pub mod arbitrary;
mod ast;
pub mod bind;
pub mod calendar;
pub mod edm;
pub mod error;
pub mod eval;
pub mod explain;
mod instant;
mod lexer;
pub mod limits;
pub mod number;
mod options;
mod parser;
pub mod query;
pub mod search;
pub mod suggest;
#[cfg(test)]
mod testing;

pub use error::{QueryError, QueryErrorCode};
pub use query::BoundQuery;
