//! Tokens and issuers: from a bearer token to an [`interdict_model::Actor`]. No HTTP framework, no SQL.
//!
//! A token's form is checked (`token`) and its issuer chosen; the JWT library checks its signature with a key of that
//! issuer (`jwk`, `remote_keys`) and its registered claims, and only then is anything in it believed (`rules`).

pub mod algorithm;
pub mod authenticator;
pub mod builtin;
pub mod client_secret;
pub mod error;
pub mod external;
pub mod seal_key;
pub mod seal_keys;

mod address;
mod fetch;
mod jwk;
mod key_file;
mod remote_keys;
mod rules;
mod strict;
mod token;
mod wrap;

pub use algorithm::Algorithm;
pub use authenticator::Authenticator;
pub use builtin::{BuiltinIssuer, TokenRequest, client_scope};
pub use client_secret::{new_client_secret, verify_client_secret};
pub use error::AuthError;
pub use external::{ClaimNames, IssuerConfig, IssuerFault};
pub use seal_key::{SealKey, verify_seal};
pub use seal_keys::SealKeys;
