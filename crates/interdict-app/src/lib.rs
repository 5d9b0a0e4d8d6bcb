//! interdict-app
