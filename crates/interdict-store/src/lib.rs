//! How it is kept: one semantics, plain data in and out.

mod checkpoint;
mod engine;
pub mod error;
pub mod list;
mod migrate;
pub mod open;
mod pool;
mod query;
mod rows;
pub mod store;
pub mod value;
pub mod verify;
pub mod writer;

pub use error::StoreError;
pub use list::{ListPage, ListRequest, Patience};
pub use open::Birth;
pub use store::{LONG_READS, Store, StoreOptions, StoredAction};
pub use value::Value;
pub use verify::{ChainFault, Report};
pub use writer::Writer;
