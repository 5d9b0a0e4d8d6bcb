//! What reads text that anybody may send, held against every text there is: a target for each reader, and the texts
//! that fuzzing begins with. `cargo xtask fuzz` runs them under libFuzzer.

pub mod cost;
pub mod query;
pub mod seeds;
pub mod target;
#[cfg(test)]
mod tests;

pub use target::Target;
