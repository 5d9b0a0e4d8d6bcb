//! interdict-store
