//! The grammar, rule by rule: what is an instance of it, and where what is none stops to be one. The cases are the files
//! of `tests/abnf`, a line each: a rule of OData's ABNF, an input, and `ok` or the position of the fault.

use interdict_odata::QueryErrorCode;
use interdict_odata::bind::bind_query;
use interdict_odata::edm::{EnumType, Kind, Property, StructuredType};

static STATE: EnumType = EnumType { name: "desk.state", members: &[("Open", 0), ("Closed", 1)] };
static PLACE: StructuredType = StructuredType {
    name: "desk.place",
    properties: &[Property::nullable("city", Kind::String), Property::nullable("floor", Kind::Int32)],
};
static NOTE: StructuredType = StructuredType {
    name: "desk.note",
    properties: &[
        Property::nullable("text", Kind::String),
        Property::nullable("words", Kind::Values(&Kind::String)),
    ],
};
static TICKET: StructuredType = StructuredType {
    name: "desk.ticket",
    properties: &[
        Property::nullable("title", Kind::String).searched(),
        Property::nullable("cost", Kind::Decimal),
        Property::nullable("rank", Kind::Int32),
        Property::nullable("urgent", Kind::Boolean),
        Property::nullable("filed", Kind::DateTimeOffset),
        Property::nullable("due", Kind::Date),
        Property::nullable("took", Kind::Duration),
        Property::nullable("state", Kind::Enum(&STATE)),
        Property::nullable("place", Kind::Complex(&PLACE)),
        Property::nullable("notes", Kind::Collection(&NOTE)),
        Property::nullable("mails", Kind::Values(&Kind::String)),
    ],
};

/// How instances of a rule become a query: the option, and what stands before and behind the instance in its value.
fn frame(rule: &str) -> (&'static str, &'static str, &'static str) {
    match rule {
        "boolCommonExpr" => ("$filter", "", ""),
        "commonExpr" => ("$filter", "(", ") eq null"),
        "memberExpr" => ("$filter", "", " eq null"),
        "lambda" => ("$filter", "notes/", ""),
        "primitiveLiteral" => ("$filter", "title eq ", ""),
        "durationValue" => ("$filter", "took eq duration'", "'"),
        "orderby" => ("$orderby", "", ""),
        "select" => ("$select", "", ""),
        "search" => ("$search", "", ""),
        "skip" => ("$skip", "", ""),
        "top" => ("$top", "", ""),
        "count" => ("$count", "", ""),
        other => panic!("no frame for the rule {other}"),
    }
}

fn encoded(text: &str) -> String {
    text.bytes().map(|byte| format!("%{byte:02X}")).collect()
}

/// Checks a file's cases, and returns how many there are.
fn check(name: &str, cases: &str) -> usize {
    let lines = cases.lines().enumerate().filter(|(_, line)| !line.is_empty() && !line.starts_with('#'));
    let mut count = 0;
    for (number, line) in lines {
        let place = format!("{name}:{}: {line}", number + 1);
        let (rule, rest) = line.split_once(" | ").unwrap_or_else(|| panic!("{place}"));
        let (input, expected) = rest.rsplit_once(" | ").unwrap_or_else(|| panic!("{place}"));
        let input = input.replace("<tab>", "\t").replace("<nothing>", "").replace("<space>", " ");
        let (query, offset) = if rule == "queryOptions" {
            (input, 0)
        } else {
            let (option, before, behind) = frame(rule);
            (format!("{option}={}", encoded(&format!("{before}{input}{behind}"))), before.chars().count())
        };
        let fault = bind_query(&query, &TICKET)
            .err()
            .and_then(|errors| errors.into_iter().find(|error| error.code == QueryErrorCode::SyntaxError));
        match expected {
            "ok" => assert_eq!(fault, None, "{place}"),
            "no" => assert!(fault.is_some(), "{place}"),
            position => {
                let position = position.parse::<usize>().unwrap() + offset;
                assert_eq!(fault.and_then(|fault| fault.position), Some(position), "{place}");
            }
        }
        count += 1;
    }
    count
}

#[test]
fn literals_are_those_of_the_grammar() {
    assert!(check("literals.txt", include_str!("../abnf/literals.txt")) >= 60);
}

#[test]
fn filters_are_those_of_the_grammar() {
    assert!(check("filter.txt", include_str!("../abnf/filter.txt")) >= 90);
}

#[test]
fn orders_and_selections_are_those_of_the_grammar() {
    assert!(check("lists.txt", include_str!("../abnf/lists.txt")) >= 25);
}

#[test]
fn searches_are_those_of_the_grammar() {
    assert!(check("search.txt", include_str!("../abnf/search.txt")) >= 35);
}

#[test]
fn query_strings_are_those_of_the_grammar() {
    assert!(check("options.txt", include_str!("../abnf/options.txt")) >= 25);
}
