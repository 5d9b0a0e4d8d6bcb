//! interdict-odata
