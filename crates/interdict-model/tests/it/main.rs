//! The rules, tested through the model's public face.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    missing_docs,
    reason = "tests"
)]

mod carried;
mod catalog;
mod create;
mod fleets;
mod guard;
mod journal;
mod machine;
mod properties;
mod provenance;
mod update;
mod world;
