//! interdict-testkit
