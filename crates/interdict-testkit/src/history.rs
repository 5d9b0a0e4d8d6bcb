//! What clients saw, and whether it can have been so.
//!
//! Clients of a running system record what they asked and what they were told, each with its times; afterwards a checker
//! looks for an order, or a place in the journal, that explains all of it. A checker that never fails proves nothing, so
//! each is tested on histories that are wrong.

pub mod feed;
pub mod linearizable;
pub mod listing;
mod record;
mod register;

pub use record::{Operation, Outcome, Process, Recorder, Request, Shown};
pub use register::Register;
