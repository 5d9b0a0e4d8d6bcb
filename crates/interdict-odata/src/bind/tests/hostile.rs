//! Texts of any kind.

use proptest::prelude::*;

use super::*;
use crate::arbitrary;

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
    fn no_text_panics_and_every_position_lies_within_it(text in prop_oneof![any::<String>(), arbitrary::near_texts(), arbitrary::expressions()]) {
        for option in ["$filter", "$orderby", "$select", "$search", "$skip", "$top", "$count", "$skiptoken", "$deltatoken"] {
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
