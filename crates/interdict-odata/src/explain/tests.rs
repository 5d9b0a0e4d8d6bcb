#![allow(clippy::unwrap_used, reason = "tests")]

use super::*;
use crate::testing;

#[test]
fn options_are_shown_as_they_were_read() {
    let reading = read("FILTER=(Name++EQ+%27Running%27)&$top=5&color=red&@a=1%20EQ%202", &testing::ITEM);
    let given: Vec<_> =
        reading.given.iter().map(|given| (&*given.name, &*given.value, &*given.canonical)).collect();
    assert_eq!(
        given,
        [
            ("$filter", "(Name  EQ 'Running')", "Name eq 'Running'"),
            ("$top", "5", "5"),
            ("@a", "1 EQ 2", "1 eq 2"),
        ]
    );
    assert_eq!(reading.ignored, ["color"]);
    assert!(reading.bound.is_ok(), "{:?}", reading.bound);
}

/// A node a line: indented, then its type.
fn lines(filter: &str) -> Vec<String> {
    let reading = read(&format!("$filter={filter}"), &testing::ITEM);
    let bound = reading.bound.unwrap();
    let line = |branch: Branch| format!("{}{} : {}", " ".repeat(branch.depth), branch.text, branch.ty);
    tree(bound.filter.as_ref().unwrap()).into_iter().map(line).collect()
}

#[test]
fn every_node_has_a_line_and_its_type() {
    assert_eq!(
        lines("contains(name,'o''n') and not (price gt amount add 1)"),
        [
            "and : Edm.Boolean",
            " contains() : Edm.Boolean",
            "  name : Edm.String",
            "  'o''n' : Edm.String",
            " not : Edm.Boolean",
            "  is true : Edm.Boolean",
            "   gt : Edm.Boolean",
            "    price : Edm.Decimal",
            "    as : Edm.Decimal",
            "     add : Edm.Int64",
            "      amount : Edm.Int32",
            "      1 : Edm.Int32",
        ]
    );
}

#[test]
fn constants_are_written_as_their_types_are() {
    for (filter, constant) in [
        ("addedAt ge 2024-02-29T01:02:03.0000004Z", "2024-02-29T01:02:03.0000004Z"),
        ("addedAt sub addedAt gt duration'-PT1M0.5S'", "duration'-PT60.5000000S'"),
        ("colour eq 5", "'DarkBlue'"),
        ("colour in ('Red','DarkBlue')", "in ('Red', 'DarkBlue')"),
        ("date(addedAt) eq 2024-02-29", "2024-02-29"),
        ("time(addedAt) gt 23:59:59", "23:59:59"),
    ] {
        let lines = lines(filter);
        let found = lines.iter().any(|line| line.trim_start().starts_with(&format!("{constant} : ")));
        assert!(found, "{filter}: {lines:?}");
    }
}
