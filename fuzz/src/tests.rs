use std::collections::HashSet;

use crate::{Target, cost, seeds};

#[test]
fn every_seed_goes_through_its_target() {
    for target in Target::ALL {
        let texts = seeds::of(target);
        assert!(texts.len() >= 4, "{target:?}: {}", texts.len());
        texts.iter().for_each(|text| target.run(text));
    }
}

#[test]
fn the_query_language_begins_with_its_grammar_and_random_queries() {
    let filters: HashSet<_> = seeds::of(Target::Filter).into_iter().collect();
    assert!(filters.len() > 300, "{}", filters.len());
    assert_eq!(filters, seeds::of(Target::Filter).into_iter().collect());
}

#[test]
fn every_target_is_found_by_its_name() {
    for target in Target::ALL {
        assert_eq!(Target::named(target.name()), Some(target));
    }
    assert_eq!(Target::named(""), None);
}

#[test]
#[should_panic(expected = "of CPU")]
fn an_input_that_takes_too_long_is_found() {
    cost::watched(|| {
        let begun = cost::spent();
        while cost::spent() - begun <= cost::LIMIT {}
    });
}
