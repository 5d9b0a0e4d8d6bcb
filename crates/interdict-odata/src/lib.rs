//! The query language of OData as a room of its own: text → tokens → tree → bound query. Knows no entity of ours.

mod ast;
pub mod bind;
pub mod calendar;
pub mod edm;
pub mod error;
mod instant;
mod lexer;
pub mod limits;
mod options;
mod parser;
pub mod query;
mod suggest;

pub use error::{QueryError, QueryErrorCode};
pub use query::BoundQuery;
