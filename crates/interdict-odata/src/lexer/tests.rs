#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

use super::*;

fn literal(text: &str, expected: Literal) {
    let tokens = tokens(text).unwrap_or_else(|fault| panic!("{text}: {fault:?}"));
    let kinds: Vec<_> = tokens.into_iter().map(|token| token.kind).collect();
    assert_eq!(kinds, [TokenKind::Literal(expected), TokenKind::End], "{text}");
}

fn fails(text: &str, position: usize) {
    let fault = tokens(text).expect_err(text);
    assert_eq!(
        (fault.code.name(), fault.position),
        ("syntaxError", Some(position)),
        "{text}: {}",
        fault.message
    );
}

#[test]
fn every_primitive_type_has_its_literals() {
    use Literal as L;
    literal("'O''Neil'", L::String("O'Neil".into()));
    literal("''", L::String(String::new()));
    literal("0", L::Number("0".into()));
    literal("-2000000000", L::Number("-2000000000".into()));
    literal("+1.5e-7", L::Number("+1.5e-7".into()));
    literal("-INF", L::Number("-INF".into()));
    literal("NaN", L::Number("NaN".into()));
    literal("2024-02-30", L::Date("2024-02-30".into()));
    literal("-0044-03-15", L::Date("-0044-03-15".into()));
    literal("13:52", L::TimeOfDay("13:52".into()));
    literal("13:52:00.123456789012", L::TimeOfDay("13:52:00.123456789012".into()));
    literal("2024-01-01T00:00Z", L::DateTimeOffset("2024-01-01T00:00Z".into()));
    literal("2024-01-01T00:00:00.1-04:30", L::DateTimeOffset("2024-01-01T00:00:00.1-04:30".into()));
    literal("2024-01-01T00:00:00 03:00", L::DateTimeOffset("2024-01-01T00:00:00+03:00".into()));
    literal("01234567-89ab-CDEF-0123-456789abcdef", L::Guid("01234567-89ab-CDEF-0123-456789abcdef".into()));
    literal("abcdef01-89ab-cdef-0123-456789abcdef", L::Guid("abcdef01-89ab-cdef-0123-456789abcdef".into()));
    literal("duration'-P1DT2H3M4.5S'", L::Duration("-P1DT2H3M4.5S".into()));
    literal("DURATION'PT0S'", L::Duration("PT0S".into()));
    literal("binary'T0RhdGE='", L::Binary("T0RhdGE=".into()));
    literal("geography'SRID=0;Point(1 2)'", L::Geo("geography".into(), "SRID=0;Point(1 2)".into()));
    literal("Sales.Pattern'Solid,+42'", L::Enum("Sales.Pattern".into(), "Solid,+42".into()));
}

#[test]
fn broken_literals_fail_where_they_break() {
    fails("'abc", 0);
    fails("a eq 'O'Neil'", 8);
    fails("a eq 'x\0y'", 7);
    fails("42.", 3);
    fails(".1", 0);
    fails("+x", 0);
    fails("1e", 2);
    fails("-0.3e1e2", 6);
    fails("5L", 1);
    fails("01234g67-89ab-cdef-0123-456789abcdef", 5);
    fails("2024-1-1", 4);
    fails("2024-13-01", 5);
    fails("2024-01-32", 8);
    fails("00000-01-01", 0);
    fails("2024-01-01T24:00:00Z", 11);
    fails("2024-01-01T00:60:00Z", 14);
    fails("2024-01-01T00:00:60Z", 17);
    fails("2024-01-01T00Z", 13);
    fails("2024-01-01T00:00:00", 19);
    fails("2024-01-01t00:00:00Z", 10);
    fails("2024-01-01T00:00:00z", 19);
    fails("2024-01-01T00:00:00.Z", 20);
    fails("2024-01-01T00:00:00.1234567890123Z", 32);
    fails("2024-01-01T00:00:00+0300", 19);
    fails("2024-01-01T00:00:00+24:00", 20);
    fails("2024-01-01T00:00:00Z[UTC]", 20);
    fails("duration'+P1D'", 9);
    fails("duration'P1Y'", 11);
    fails("duration'P'", 10);
    fails("duration'P1DT'", 13);
    fails("duration'PT1.5H'", 14);
    fails("duration'PT1S2M'", 14);
    fails("binary'a b'", 8);
    fails("Some.Enum''", 10);
}

#[test]
fn characters_of_other_languages_are_refused() {
    for (text, position) in [
        ("a eq \"x\"", 5),
        ("a != 'x'", 2),
        ("é < 5", 2),
        ("a && b", 2),
        ("a\nb", 1),
        ("50%", 2),
        ("$ a", 1),
        ("a. b", 2),
    ] {
        fails(text, position);
    }
}

#[test]
fn spans_count_characters() {
    let tokens = tokens("'é€😀' eq $it").unwrap();
    let spans: Vec<_> = tokens.iter().map(|token| (token.span.start, token.span.end)).collect();
    assert_eq!(spans, [(0, 5), (6, 8), (9, 12), (12, 12)]);
}

#[test]
fn a_literal_may_be_as_long_as_the_limit_and_no_longer() {
    let code = |text: String| tokens(&text).err().map(|fault| fault.code.name());
    assert_eq!(code(format!("'{}'", "é".repeat(limits::LITERAL_CHARS))), None);
    assert_eq!(code(format!("'{}'", "é".repeat(limits::LITERAL_CHARS + 1))), Some("limitExceeded"));
    assert_eq!(code("1".repeat(limits::LITERAL_CHARS)), None);
    assert_eq!(code("1".repeat(limits::LITERAL_CHARS + 1)), Some("limitExceeded"));
}
