//! Random queries, for property tests and fuzz corpora of this crate and others (feature `arbitrary`).

#[cfg(test)]
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
    let word = select(vec!["block", "IP", "a", "10.0.0.1", "\"block ip\"", "name:block", "ä€", "OR"]);
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

/// Texts that the literals of [`filters`] are taken from.
#[must_use]
pub const fn texts() -> &'static [&'static str] {
    &["", "a", "B", "Block", "block ip", "ä€😀", "O'Neil", " a ", "a%_\\", "null"]
}
