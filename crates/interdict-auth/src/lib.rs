//! interdict-auth
