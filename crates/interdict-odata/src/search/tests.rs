#![allow(clippy::unwrap_used, reason = "tests")]

use super::*;
use crate::limits;
use crate::testing::ITEM;

fn check(text: &str, expected: &str) {
    let got = match parse(text, &ITEM) {
        Ok(search) => search.to_string(),
        Err(fault) => format!("{}@{}", fault.code.name(), fault.position.unwrap()),
    };
    assert_eq!(got, expected, "{text}");
}

#[test]
fn words_and_phrases_are_joined_as_the_standard_orders_them() {
    check("blue", r#""blue""#);
    check("blue green", r#"(and "blue" "green")"#);
    check("blue AND green OR red", r#"(or (and "blue" "green") "red")"#);
    check("red OR blue green", r#"(or "red" (and "blue" "green"))"#);
    check("blue NOT green", r#"(and "blue" (not "green"))"#);
    check("NOT (blue green)", r#"(not (and "blue" "green"))"#);
    check("NOT NOT", r#"(not "not")"#);
    check("OR", r#""or""#);
    check("AND", r#""and""#);
    check("NOT", r#""not""#);
    check("or not", r#"(and "or" "not")"#);
    check("(a OR b) AND (c OR d) AND NOT e", r#"(and (or "a" "b") (or "c" "d") (not "e"))"#);
    check("(NOT a) OR b", r#"(or (not "a") "b")"#);
    check("\"blue green\" red", r#"(and "blue green" "red")"#);
    check(r#""say \"hi\"""#, r#""say hi""#);
    check("3.14", r#""3 14""#);
    check("9,81 08/15 #1 more&more", r#"(and "9 81" "08 15" "1" "more more")"#);
    check("Straße İ", "(and \"straße\" \"i\u{307}\")");
}

#[test]
fn a_property_may_be_named() {
    check("name:blue", r#"name:"blue""#);
    check("NAME:\"dark blue\"", r#"name:"dark blue""#);
    check("\"name:dark blue\"", r#"name:"dark blue""#);
    check("Size/Unit:cm NOT parts:x", r#"(and size/unit:"cm" (not parts:"x"))"#);
    check("http://example", r#""http example""#);
    check("nome:x", r#""nome x""#);
}

#[test]
fn a_property_that_is_not_searched_is_refused() {
    for text in ["colour:red", "colour:\"dark red\"", "\"colour:dark red\"", "a OR Code:x", "raw:"] {
        let fault = parse(text, &ITEM).unwrap_err();
        assert_eq!(fault.code.name(), "unsupported", "{text}");
        assert_eq!(fault.position, Some(if text.starts_with("a OR ") { 5 } else { 0 }), "{text}");
        assert!(
            fault.message.contains("is not searched; those that are: `name`, `size`"),
            "{}",
            fault.message
        );
    }
}

#[test]
fn a_search_that_is_still_typed_is_its_words() {
    check("'\"blue\" \"green'", r#"(and "blue" "green")"#);
    check("'\"bl'", r#""bl""#);
    check("'a OR NOT b'", r#"(and "a" "or" "not" "b")"#);
    check("'\"'", "unsupported@0");
}

#[test]
fn broken_searches_fail_where_they_break() {
    check("", "syntaxError@0");
    check("  ", "syntaxError@2");
    check("\"blue", "syntaxError@5");
    check("\"blue\"green", "syntaxError@6");
    check("blue\"green\"", "syntaxError@4");
    check("(a", "syntaxError@2");
    check("a)", "syntaxError@1");
    check("()", "syntaxError@1");
    check("a(b)", "syntaxError@1");
    check("--", "unsupported@0");
    check("a name:", "unsupported@2");
}

#[test]
fn a_search_may_be_as_large_as_the_limits_and_no_larger() {
    let words = |count: usize| parse(&vec!["a"; count].join(" "), &ITEM).map_err(|fault| fault.code.name());
    assert!(words(limits::SEARCH_WORDS).is_ok());
    assert_eq!(words(limits::SEARCH_WORDS + 1), Err("limitExceeded"));
    let nested = |depth: usize| {
        parse(&format!("{}a{}", "(".repeat(depth), ")".repeat(depth)), &ITEM)
            .map_err(|fault| fault.code.name())
    };
    assert!(nested(limits::DEPTH - 1).is_ok());
    assert_eq!(nested(limits::DEPTH), Err("limitExceeded"));
    let typed =
        |count: usize| parse(&format!("'{}'", "a ".repeat(count)), &ITEM).map_err(|fault| fault.code.name());
    assert!(typed(limits::SEARCH_WORDS).is_ok());
    assert_eq!(typed(limits::SEARCH_WORDS + 1), Err("limitExceeded"));
}

#[test]
fn texts_are_found_by_their_tokens() {
    let texts = [
        Text { path: "name", text: "Block-IP 10.0.0.1!" },
        Text { path: "size/unit", text: "Übergröße" },
        Text { path: "names", text: "other" },
    ];
    for (search, found) in [
        ("block", true),
        ("bloc", false),
        ("BLOCK ip", true),
        ("\"ip 10.0\"", true),
        ("\"block 10\"", false),
        ("10.0.0.1", true),
        ("0.0.10", false),
        ("ÜBERGRÖßE", true),
        ("name:block", true),
        ("name:other", false),
        ("size:übergröße", true),
        ("size/unit:block", false),
        ("NOT block", false),
        ("NOT absent block", true),
        ("absent OR other", true),
    ] {
        assert_eq!(parse(search, &ITEM).unwrap().finds(&texts), found, "{search}");
    }
}
