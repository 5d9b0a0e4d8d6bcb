//! Random queries, for property tests and fuzz corpora of this crate and others (feature `arbitrary`).

pub(crate) mod syntax;
mod typed;
mod vocabulary;

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

use crate::edm::StructuredType;

use vocabulary::Vocabulary;

/// Filters of that type that bind without a fault, decoded. Their literals come from few, so that rows whose values
/// come from [`texts`] and small numbers are selected now and then.
pub fn filters(entity: &'static StructuredType) -> BoxedStrategy<String> {
    typed::condition(&Vocabulary::of(entity), 3)
}

/// Comparisons, and tests of membership, of that type: filters without `and`, `or` and `not`.
pub fn comparisons(entity: &'static StructuredType) -> BoxedStrategy<String> {
    typed::comparison(&Vocabulary::of(entity), 2)
}

/// Values of `$orderby` for that type that bind without a fault, decoded.
pub fn orders(entity: &'static StructuredType) -> BoxedStrategy<String> {
    let vocabulary = Vocabulary::of(entity);
    let key = (typed::sortable(&vocabulary), select(vec!["", " asc", " desc"]));
    vec(key.prop_map(|(key, direction)| format!("{key}{direction}")), 1..4)
        .prop_map(|keys| keys.join(","))
        .boxed()
}

/// Values of `$search` that parse, decoded.
pub fn searches() -> BoxedStrategy<String> {
    let word = select(vec![
        "block",
        "IP",
        "a",
        "10.0.0.1",
        "\"block ip\"",
        "name:block",
        "parameters:a",
        "user:a",
        "ä€",
        "OR",
    ]);
    word.prop_map(str::to_owned)
        .prop_recursive(3, 12, 2, |inner| {
            prop_oneof![
                (inner.clone(), select(vec![" ", " AND ", " OR "]), inner.clone())
                    .prop_map(|(left, operator, right)| format!("({left}){operator}({right})")),
                inner.prop_map(|operand| format!("NOT ({operand})")),
            ]
        })
        .boxed()
}

/// Expressions as the grammar has them, decoded; what they name is mostly unknown, and types seldom fit.
pub fn expressions() -> BoxedStrategy<String> {
    syntax::expr().prop_map(|expr| expr.to_string()).boxed()
}

/// Texts that come near the language: its words and signs in any order.
pub fn near_texts() -> BoxedStrategy<String> {
    let words = [
        "name",
        "amount",
        "addedAt",
        "colour",
        "size/width",
        "parts/any(p:",
        "p/width",
        "parts/$count($filter=",
        "contains(",
        "substring(",
        "matchesPattern(name,",
        "cast(",
        "Edm.String",
        "now()",
        "tags",
        "price",
        "lasts",
        "div",
        "mul",
        "ne",
        "lt",
        "eq",
        "and",
        "or",
        "not",
        "in",
        "has",
        "add",
        "null",
        "true",
        "'x'",
        "'",
        "''",
        "(",
        ")",
        ",",
        "/",
        ":",
        "=",
        "-",
        "5",
        "1.5e3",
        "2024-01-01",
        "T00:00:00Z",
        "12:30",
        "01234567-89ab-cdef-0123-456789abcdef",
        "duration'P1D'",
        "$it",
        "$count",
        "@p",
        "#",
        "[",
        "\"",
        " ",
        "  ",
        "\t",
        "é",
        "\0",
        "%",
    ];
    vec((select(words.to_vec()), select(vec!["", " "])), 0..24)
        .prop_map(|parts| parts.into_iter().flat_map(|(word, space)| [word, space]).collect())
        .boxed()
}

/// Texts that the literals of [`filters`] are taken from.
#[must_use]
pub const fn texts() -> &'static [&'static str] {
    &["", "a", "B", "Block", "block ip", "ä€😀", "O'Neil", " a ", "a%_\\", "null"]
}
