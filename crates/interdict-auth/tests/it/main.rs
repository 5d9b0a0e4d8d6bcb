//! The authenticator from outside: hostile tokens, external issuers over loopback, the built-in issuer's files.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "tests"
)]

mod builtin;
mod config;
mod external;
mod hostile;
// The table is the testkit's, for the HTTP suite uses it too. It is compiled in as a file, because the testkit depends
// on every floor above this one.
#[path = "../../../interdict-testkit/src/hostile_tokens.rs"]
#[allow(unreachable_pub, dead_code, reason = "the testkit's face")]
mod hostile_tokens;
mod key_set;
mod remote;
mod seal_key;
mod support;
