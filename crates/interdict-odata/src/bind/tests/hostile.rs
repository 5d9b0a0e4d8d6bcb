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

/// Filters as deep as they may be, of every kind of node that nests, with an alias as deep at their bottom.
#[test]
fn the_deepest_filters_bind_and_evaluate_on_a_small_stack() {
    const BOTTOM: usize = limits::DEPTH / 2 - 3;
    let nested = |open: &str, close: &str, inner: &str, depth: usize| {
        format!("{}{inner}{}", open.repeat(depth), close.repeat(depth))
    };
    let deeper = nested("not ", "", "@p", limits::DEPTH - 4);
    let filters = vec![
        nested("not ", "", "@p", BOTTOM),
        nested("sold and (sold or (", "))", "@p", BOTTOM / 2),
        format!("{} gt 1", nested("amount add (2 mul (", "))", "length(@q)", BOTTOM / 2 - 1)),
        format!("contains({},'x')", nested("concat(name,", ")", "@q", BOTTOM)),
        nested("parts/any(p:", ")", "@p", limits::COLLECTIONS),
        nested("$it/parts/$count($filter=", ") gt 1", "@p", limits::COLLECTIONS),
        format!("contains({},'x')", nested("concat(name,", ")", "name", limits::DEPTH - 4)),
    ];
    let alias = nested("not ", "", "$it/sold", BOTTOM);
    let text = nested("trim(", ")", "$it/name", BOTTOM);
    let bound = move || {
        let mut count = 0;
        for filter in filters {
            let query = format!("$filter={}&@p={}&@q={}", encoded(&filter), encoded(&alias), encoded(&text));
            match bind_query(&query, &ITEM) {
                Ok(query) => {
                    let filter = query.filter.unwrap();
                    let row = crate::testing::Item::default();
                    assert!(!crate::eval::selects(&filter, &row, 0), "every value of the row is null");
                    assert_eq!(filter.clone(), filter);
                    count += 1;
                }
                Err(errors) => assert_eq!(faults(&errors), "", "{filter}"),
            }
        }
        count
    };
    let query = format!("$filter={}&@p={}", encoded(&deeper), encoded("not not not sold"));
    check(&deeper.replace("@p", "sold"), &format!("{}sold{}", "(not ".repeat(60), ")".repeat(60)));
    assert_eq!(faults(&bind_query(&query, &ITEM).unwrap_err()), "limitExceeded@240");
    let thread = std::thread::Builder::new().stack_size(1 << 20).spawn(bound).unwrap();
    assert_eq!(thread.join().unwrap(), 7);
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
