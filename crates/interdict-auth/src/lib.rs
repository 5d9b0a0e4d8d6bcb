//! Tokens and issuers: from a bearer token to an [`interdict_model::Actor`]. No HTTP framework, no SQL.

pub mod authenticator;
pub mod builtin;
pub mod error;
pub mod external;

pub use authenticator::Authenticator;
pub use builtin::{BuiltinIssuer, TokenRequest};
pub use error::AuthError;
pub use external::{Algorithm, ClaimNames, IssuerConfig};
