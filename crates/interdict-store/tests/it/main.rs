//! The store from outside: opening, refusing, writing, reading, auditing.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic, reason = "tests")]

mod audit;
mod audit_rows;
mod audit_seals;
mod batches;
mod changes;
mod files;
mod ill_disks;
mod nodes;
mod opening;
mod plans;
mod queries;
mod support;
