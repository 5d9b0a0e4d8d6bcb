//! The use cases over a real store in a temporary directory.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic, reason = "tests")]

mod carrying;
mod commits;
mod database_faults;
mod delta;
mod io_faults;
mod lists;
mod losses;
mod moving;
mod power_loss;
mod retention;
mod seals;
mod support;
mod waiting;
