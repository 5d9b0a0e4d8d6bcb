//! What may be done: use cases. Authorise, validate, hand to the committer.

pub mod actions;
pub mod apps;
pub mod audit;
pub mod authorize;
pub mod committer;
mod delta;
pub mod error;
pub mod explain;
pub mod import;
mod keys;
mod lists;
pub mod page;
mod reading;
mod retention;
mod seals;
pub mod service;
mod system;

pub use actions::Written;
pub use audit::AuditQuery;
pub use delta::{DeltaPage, Onward};
pub use error::Error;
pub use interdict_store::Change;
pub use lists::ListedPage;
pub use service::{Caller, Service};
