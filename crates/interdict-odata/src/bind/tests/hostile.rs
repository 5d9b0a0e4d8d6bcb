//! Texts of any kind.

use proptest::prelude::*;

use super::*;

/// Texts that come near the language: its words and signs in any order.
fn near_filter() -> impl Strategy<Value = String> {
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
    prop::collection::vec((prop::sample::select(words.to_vec()), prop::sample::select(vec!["", " "])), 0..24)
        .prop_map(|parts| parts.into_iter().flat_map(|(word, space)| [word, space]).collect())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, ..ProptestConfig::default() })]

    #[test]
    fn no_text_panics_and_every_position_lies_within_it(text in prop_oneof![any::<String>(), near_filter()]) {
        for option in ["$filter", "$orderby", "$select", "$search", "$skip", "$top", "$count", "$skiptoken"] {
            if let Err(errors) = bind_query(&format!("{option}={}", encoded(&text)), &ITEM) {
                prop_assert!(!errors.is_empty() && errors.len() <= limits::ERRORS);
                for error in errors {
                    prop_assert!(error.position.is_none_or(|at| at <= text.chars().count()), "{:?}", error);
                    prop_assert_eq!(&error.option, option);
                }
            }
        }
    }

    #[test]
    fn no_query_string_panics(query in any::<String>()) {
        let _ = bind_query(&query, &ITEM);
    }
}
