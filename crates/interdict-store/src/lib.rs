//! How it is kept: one semantics, plain data in and out.

pub mod error;
pub mod list;
pub mod store;
pub mod value;
pub mod writer;

pub use error::StoreError;
pub use list::{ListPage, ListRequest};
pub use store::{Birth, Store, StoreOptions, StoredAction};
pub use value::Value;
pub use writer::Writer;
