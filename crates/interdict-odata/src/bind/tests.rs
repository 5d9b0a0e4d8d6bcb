#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

use proptest::prelude::*;

use super::*;
use crate::edm::EnumType;
use crate::query::{Filter, Literal};

static COLOUR: EnumType = EnumType { name: "shop.stock.colour", members: &[("Red", 0), ("DarkBlue", 5)] };
static SIZE: StructuredType = StructuredType {
    name: "shop.stock.size",
    properties: &[
        Property { name: "unit", kind: Kind::String, nullable: true },
        Property { name: "width", kind: Kind::Int32, nullable: false },
    ],
};
static MAKER: StructuredType = StructuredType {
    name: "shop.stock.maker",
    properties: &[Property { name: "city", kind: Kind::String, nullable: true }],
};
static ITEM: StructuredType = StructuredType {
    name: "shop.stock.item",
    properties: &[
        Property { name: "name", kind: Kind::String, nullable: true },
        Property { name: "amount", kind: Kind::Int32, nullable: true },
        Property { name: "addedAt", kind: Kind::DateTimeOffset, nullable: true },
        Property { name: "colour", kind: Kind::Enum(&COLOUR), nullable: true },
        Property { name: "size", kind: Kind::Complex(&SIZE), nullable: true },
        Property { name: "maker", kind: Kind::Complex(&MAKER), nullable: true },
        Property { name: "parts", kind: Kind::Collection(&SIZE), nullable: true },
    ],
};

fn encoded(text: &str) -> String {
    text.bytes().map(|byte| format!("%{byte:02X}")).collect()
}

fn shown(filter: &Filter) -> String {
    match filter {
        Filter::And(parts) => format!("({})", parts.iter().map(shown).collect::<Vec<_>>().join(" and ")),
        Filter::Equal(path, Literal::Null) => format!("{path} = null"),
        Filter::Equal(path, Literal::String(text)) => format!("{path} = {text:?}"),
        Filter::Equal(path, Literal::Integer(number)) => format!("{path} = {number}"),
        Filter::Equal(path, Literal::Instant(ticks)) => format!("{path} = {ticks} ticks"),
    }
}

/// Binds a filter; `code@position` for every fault.
fn check(filter: &str, expected: &str) {
    let got = match bind_query(&format!("$filter={}", encoded(filter)), &ITEM) {
        Ok(query) => shown(&query.filter.unwrap()),
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

#[test]
fn properties_equal_literals_of_their_type() {
    check("name eq 'O''Neil'", r#"name = "O'Neil""#);
    check("'x' EQ NAME", r#"name = "x""#);
    check("name eq 01234567-89AB-cdef-0123-456789abcdef", r#"name = "01234567-89AB-cdef-0123-456789abcdef""#);
    check("name eq null", "name = null");
    check("null eq name", "name = null");
    check("amount eq -5", "amount = -5");
    check("amount eq +5", "amount = 5");
    check("Size/Width eq 3", "size/width = 3");
    check("maker/city eq 'A/B'", r#"maker/city = "A/B""#);
    check("(((name))) eq ('x')", r#"name = "x""#);
}

#[test]
fn instants_are_read_by_the_standards_grammar_quoted_or_not() {
    check("addedAt eq 1970-01-01T00:00:01Z", "addedAt = 10000000 ticks");
    check("addedAt eq 1970-01-01T03:00:00+03:00", "addedAt = 0 ticks");
    check("addedAt eq 1970-01-01T03:00:00 03:00", "addedAt = 0 ticks");
    check("addedAt eq 1970-01-02", "addedAt = 864000000000 ticks");
    check("addedAt eq '1970-01-01T00:00Z'", "addedAt = 0 ticks");
    check("addedAt eq '1970-01-01'", "addedAt = 0 ticks");
    check("addedAt eq 2023-02-29", "typeMismatch@11");
    check("addedAt eq 2023-01-01T00:00:00+14:01", "typeMismatch@11");
    check("addedAt eq 'yesterday'", "typeMismatch@11");
    check("addedAt eq '1970-01-01 '", "addedAt = 0 ticks");
    check("addedAt eq 5", "typeMismatch@11");
    check("addedAt eq 2024-01-01T00:00:00", "syntaxError@30");
}

#[test]
fn enumerations_are_read_in_every_spelling() {
    for spelling in ["'DarkBlue'", "'DARKBLUE'", "'5'", "5", "shop.stock.colour'darkblue'", "Stock.Colour'5'"]
    {
        check(&format!("colour eq {spelling}"), "colour = 5");
    }
    check("colour eq 'Dark'", "typeMismatch@10");
    check("colour eq 1", "typeMismatch@10");
    check("colour eq 'Red,DarkBlue'", "typeMismatch@10");
    check("colour eq shop.stock.taste'Red'", "typeMismatch@10");
    check("colour eq colour'Red'", "typeMismatch@10");
    check("colour eq null", "colour = null");
}

#[test]
fn conditions_joined_by_and_are_one_flat_list() {
    check(
        "name eq 'a' and (amount eq 1 and colour eq 'Red')",
        r#"(name = "a" and amount = 1 and colour = 0)"#,
    );
}

#[test]
fn other_types_and_names_are_refused_where_they_stand() {
    check("name eq 5", "typeMismatch@8");
    check("name eq 2024-01-01", "typeMismatch@8");
    check("amount eq '5'", "typeMismatch@10");
    check("'5' eq amount", "typeMismatch@0");
    check("amount eq true", "typeMismatch@10");
    check("amount eq 123456789012345678901234567890", "typeMismatch@10");
    check("amount eq 1.0", "unsupported@10");
    check("amount eq INF", "unsupported@10");
    check("nome eq 'x'", "unknownProperty@0");
    check("'x' eq nome", "unknownProperty@7");
    check("size/depth eq 1", "unknownProperty@5");
    check("name/length eq 1", "unknownProperty@5");
    check("size eq 'x'", "typeMismatch@0");
    check("maker eq null", "typeMismatch@0");
    check("parts eq null", "typeMismatch@9");
    check("parts/width eq 1", "unsupported@6");
    check("name", "typeMismatch@0");
    check("'x'", "typeMismatch@0");
}

#[test]
fn a_complex_value_is_null_where_its_required_member_is() {
    check("size eq null", "size/width = null");
    check("null eq size", "size/width = null");
}

#[test]
fn correct_syntax_that_is_not_evaluated_is_unsupported_where_it_stands() {
    for (filter, position) in [
        ("name ne 'x'", 5),
        ("name eq 'a' or name eq 'b'", 12),
        ("not (name eq 'a')", 0),
        ("amount gt 5", 7),
        ("amount in (1,2)", 7),
        ("name in maker/city", 5),
        ("colour has 'Red'", 7),
        ("amount add 1 eq 2", 7),
        ("-amount eq 2", 0),
        ("contains(name,'x')", 0),
        ("length(name) eq 1", 0),
        ("parts/any(p:p/width eq 1)", 6),
        ("parts/$count eq 1", 6),
        ("$it eq 'x'", 0),
        ("name eq @p", 8),
        ("shop.stock.special/name eq 'x'", 0),
        ("name eq name", 5),
        ("1 eq 1", 2),
        ("null eq null", 5),
        ("true", 0),
        ("null", 0),
        ("(name eq 'x') eq true", 6),
        ("true eq (name eq 'x' and name eq 'y')", 21),
        ("name eq ['x']", 8),
    ] {
        check(filter, &format!("unsupported@{position}"));
    }
}

#[test]
fn all_faults_of_a_request_are_named_up_to_a_cap() {
    check(
        "nome eq 'x' and amount eq 'y' and name ne 'z'",
        "unknownProperty@0 typeMismatch@26 unsupported@39",
    );
    check("nome eq nume", "unknownProperty@0 unknownProperty@8");
    let capped: Vec<_> = (0..limits::ERRORS).map(|index| format!("unknownProperty@{}", index * 11)).collect();
    check(&vec!["x eq 1"; 30].join(" and "), &capped.join(" "));
    let errors = bind_query("$filter=a%20eq&$top=0&$expand=x&$foo=1", &ITEM).unwrap_err();
    let named: Vec<_> = errors.iter().map(|error| (error.option.as_str(), error.code.name())).collect();
    assert_eq!(
        named,
        [
            ("$foo", "unsupported"),
            ("$filter", "syntaxError"),
            ("$top", "limitExceeded"),
            ("$expand", "unsupported")
        ]
    );
}

#[test]
fn the_other_options_are_bound() {
    let query = bind_query(
        "$top=25&$count=True&$skiptoken=abc&$orderby=addedAt%20desc,MAKER/city&$select=NAME,size/unit,name",
        &ITEM,
    )
    .unwrap();
    assert_eq!((query.top, query.count, query.skip_token.as_deref()), (Some(25), true, Some("abc")));
    let keys: Vec<_> = query.order_by.iter().map(|key| (key.path.to_string(), key.descending)).collect();
    assert_eq!(keys, [("addedAt".to_owned(), true), ("maker/city".to_owned(), false)]);
    let select: Vec<_> = query.select.unwrap().iter().map(Path::to_string).collect();
    assert_eq!(select, ["name", "size/unit"]);
    assert_eq!(bind_query("$select=name,*&custom=1", &ITEM), Ok(BoundQuery::default()));
    assert_eq!(bind_query("$count=false", &ITEM), Ok(BoundQuery::default()));
}

#[test]
fn faults_of_the_other_options_are_named() {
    for (query, expected) in [
        ("$top=0", "limitExceeded@0"),
        ("$top=1001", "limitExceeded@0"),
        ("$top=99999999999999999999", "limitExceeded@0"),
        ("$top=", "syntaxError@0"),
        ("$top=-1", "syntaxError@0"),
        ("$top=5x", "syntaxError@1"),
        ("$count=yes", "syntaxError@0"),
        ("$skiptoken=", "syntaxError@0"),
        ("$orderby=name,nome%20desc,parts", "unknownProperty@5 typeMismatch@15"),
        ("$orderby=size", "typeMismatch@0"),
        ("$orderby=length(name)", "unsupported@0"),
        ("$orderby=name%20add%201", "unsupported@5"),
        ("$orderby=parts/$count", "unsupported@6"),
        ("$select=nome,name,size/x", "unknownProperty@0 unknownProperty@15"),
        ("$select=parts/width", "unsupported@6"),
        ("$select=name,", "syntaxError@5"),
        ("$select=@a.b", "unsupported@0"),
        ("$search=x", "unsupported"),
        ("skip=5", "unsupported"),
        ("$filter", "syntaxError@0"),
    ] {
        let errors = bind_query(query, &ITEM).unwrap_err();
        assert_eq!(faults(&errors), expected, "{query}");
    }
    assert_eq!(bind_query("$top=1000", &ITEM).unwrap().top, Some(1000));
    assert_eq!(bind_query("$top=1", &ITEM).unwrap().top, Some(1));
}

/// Texts that come near the language: its words and signs in any order.
fn near_filter() -> impl Strategy<Value = String> {
    let words = [
        "name",
        "amount",
        "addedAt",
        "colour",
        "size/width",
        "parts/any(p:",
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
        for option in ["$filter", "$orderby", "$select", "$top", "$count", "$skiptoken"] {
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
