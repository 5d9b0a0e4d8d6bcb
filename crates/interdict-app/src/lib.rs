//! What may be done: use cases. Authorise, validate, hand to the committer.

pub mod actions;
pub mod apps;
pub mod audit;
pub mod authorize;
mod bulk;
pub mod committer;
mod delta;
mod effects;
pub mod error;
pub mod explain;
mod guards;
pub mod import;
mod keys;
mod leases;
mod lists;
pub mod page;
mod reading;
mod retention;
mod seals;
mod seeded;
pub mod service;
mod settings;
mod system;
mod timers;

pub use actions::{Filed, Written};
pub use audit::AuditQuery;
pub use bulk::{BULK_MOST, BulkOutcome, BulkRequest};
pub use delta::{DeltaPage, Onward};
pub use effects::EffectsPage;
pub use error::Error;
pub use guards::Guarded;
pub use interdict_store::Change;
pub use leases::{LeaseRequest, MOST, Renewed, WAIT_SECONDS_MAX};
pub use lists::ListedPage;
pub use service::{Caller, Service};
