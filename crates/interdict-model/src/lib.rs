//! What Interdict's things are, and the rules that change them.
//!
//! This floor is pure: no clock, no randomness, no input or output, no async. Time and ids come in as
//! arguments. A request becomes a [`Command`]; [`decide()`] turns the [`View`] of what is stored and the
//! command into a [`Decision`] or a [`Refusal`]; the floor above commits what was decided.

pub mod action;
pub mod actor;
pub mod app;
pub mod body;
pub mod catalog;
pub mod clock;
pub mod command;
pub mod decide;
pub mod document;
pub mod duration;
pub mod edm;
pub mod effect;
mod entity;
pub mod execution;
pub mod guard;
pub mod id;
pub mod journal;
pub mod key;
pub mod limits;
pub mod line;
mod meaning;
pub mod provider;
pub mod pruning;
pub mod raw_json;
pub mod refusal;
pub mod replay;
pub mod request;
pub mod result_code;
pub mod seal;
pub mod settings;
pub mod shape;
pub mod time;
pub mod validate;
pub mod version;
pub mod view;

pub use action::SecurityAction;
pub use actor::{Actor, Permission, Permissions, TenantScope};
pub use command::Command;
pub use decide::decide;
pub use entity::Entity;
pub use execution::Execution;
pub use id::{ActionId, AppId, EffectId, ProviderId, RequestId, TenantId};
pub use refusal::{Fault, FaultCode, Refusal};
pub use time::Timestamp;
pub use version::Version;
pub use view::{Decision, View};
