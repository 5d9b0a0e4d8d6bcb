//! interdict-http
