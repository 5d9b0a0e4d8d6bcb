#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

mod comparisons;
mod expressions;
mod hostile;
mod options;

use super::*;
use crate::testing::ITEM;

fn encoded(text: &str) -> String {
    text.bytes().map(|byte| format!("%{byte:02X}")).collect()
}

/// Binds a filter; `code@position` for every fault.
fn check(filter: &str, expected: &str) {
    let got = match bind_query(&format!("$filter={}", encoded(filter)), &ITEM) {
        Ok(query) => query.filter.unwrap().to_string(),
        Err(errors) => faults(&errors),
    };
    assert_eq!(got, expected, "{filter}");
}

fn faults(errors: &[QueryError]) -> String {
    let shown: Vec<_> = errors
        .iter()
        .map(|error| match error.position {
            Some(position) => format!("{}@{position}", error.code.name()),
            None => error.code.name().to_owned(),
        })
        .collect();
    shown.join(" ")
}
