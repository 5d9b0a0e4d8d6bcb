#![allow(clippy::unwrap_used, reason = "tests")]

use std::fmt::Write as _;

use super::*;
use crate::limits;
use crate::testing::ITEM;

fn shown(search: &Search) -> String {
    let list = |parts: &[Search], by: &str| parts.iter().map(shown).collect::<Vec<_>>().join(by);
    match search {
        Search::All(parts) => format!("({})", list(parts, " & ")),
        Search::Any(parts) => format!("({})", list(parts, " | ")),
        Search::Not(operand) => format!("!{}", shown(operand)),
        Search::Phrase { within, tokens } => {
            let mut text = within.as_ref().map(|path| format!("{path}:")).unwrap_or_default();
            let _ = write!(text, "{}", tokens.join(" "));
            if tokens.len() > 1 { format!("[{text}]") } else { text }
        }
    }
}

fn check(text: &str, expected: &str) {
    let got = match parse(text, &ITEM) {
        Ok(search) => shown(&search),
        Err(fault) => format!("{}@{}", fault.code.name(), fault.position.unwrap()),
    };
    assert_eq!(got, expected, "{text}");
}

#[test]
fn words_and_phrases_are_joined_as_the_standard_orders_them() {
    check("blue", "blue");
    check("blue green", "(blue & green)");
    check("blue AND green OR red", "((blue & green) | red)");
    check("red OR blue green", "(red | (blue & green))");
    check("blue NOT green", "(blue & !green)");
    check("NOT (blue green)", "!(blue & green)");
    check("NOT NOT", "!not");
    check("OR", "or");
    check("AND", "and");
    check("NOT", "not");
    check("or not", "(or & not)");
    check("(a OR b) AND (c OR d) AND NOT e", "((a | b) & (c | d) & !e)");
    check("(NOT a) OR b", "(!a | b)");
    check("\"blue green\" red", "([blue green] & red)");
    check(r#""say \"hi\"""#, "[say hi]");
    check("3.14", "[3 14]");
    check("9,81 08/15 #1 more&more", "([9 81] & [08 15] & 1 & [more more])");
    check("Straße İ", "(straße & i\u{307})");
}

#[test]
fn a_property_may_be_named() {
    check("name:blue", "name:blue");
    check("NAME:\"dark blue\"", "[name:dark blue]");
    check("\"name:dark blue\"", "[name:dark blue]");
    check("Size/Unit:cm NOT parts:x", "(size/unit:cm & !parts:x)");
    check("http://example", "[http example]");
    check("nome:x", "[nome x]");
}

#[test]
fn a_search_that_is_still_typed_is_its_words() {
    check("'\"blue\" \"green'", "(blue & green)");
    check("'\"bl'", "bl");
    check("'a OR NOT b'", "(a & or & not & b)");
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
