//! How it is kept: one semantics on two engines, plain data in and out.

mod audit_pages;
mod backup;
mod birth;
mod changes;
mod dialect;
mod duty;
mod engine;
mod error;
pub mod faults;
mod list;
mod load;
mod migrate;
mod options;
mod plan;
mod prune;
mod query;
mod read_out;
mod rows;
mod shared;
mod store;
mod tables;
mod value;
mod verify;
mod writer;

pub use audit_pages::{AuditPage, AuditRequest};
pub use changes::{Change, ChangesPage, ChangesRequest};
pub use engine::postgres::Address;
pub use error::StoreError;
pub use list::{ListPage, ListRequest, Patience, Selected};
pub use options::{Birth, PostgresOptions, SqliteOptions, StoreOptions};
pub use prune::{Forgettable, Forgetting, Prunable};
pub use query::{Asked, Explanation, Place, asked, explain, unsupported};
pub use store::{Hold, Store, StoredAction};
use value::Value;
pub use verify::{Anchor, Audit, ChainFault, Report, SignatureCheck};
pub use writer::Writer;
