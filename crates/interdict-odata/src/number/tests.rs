#![allow(clippy::unwrap_used, reason = "tests")]

use super::*;

fn decimal(text: &str) -> Decimal {
    Exact::parse(text).decimal().unwrap()
}

#[test]
fn literals_are_read_without_loss() {
    let check = |text: &str, places: u32, expected: Scaled| {
        assert_eq!(Exact::parse(text).scaled(places), expected, "{text}");
    };
    check("5", 0, Scaled::At(5));
    check("-5.00", 0, Scaled::At(-5));
    check("+050e-1", 0, Scaled::At(5));
    check("1.5", 0, Scaled::After(1));
    check("-1.5", 0, Scaled::After(-2));
    check("1e-101", 0, Scaled::After(0));
    check("-1e-101", 0, Scaled::After(-1));
    check("0e99999999999999999999", 0, Scaled::At(0));
    check("1e99999999999999999999", 0, Scaled::Above);
    check("-1e400", 0, Scaled::Below);
    check("1e-99999999999999999999", 7, Scaled::After(0));
    check("9223372036854775807", 0, Scaled::At(i64::MAX));
    check("9223372036854775807.5", 0, Scaled::After(i64::MAX));
    check("9223372036854775808", 0, Scaled::Above);
    check("-9223372036854775808", 0, Scaled::At(i64::MIN));
    check("-9223372036854775808.1", 0, Scaled::Below);
    check("INF", 0, Scaled::Above);
    check("-INF", 0, Scaled::Below);
    check("NaN", 7, Scaled::NotANumber);
    check("0.1234567", 7, Scaled::At(1_234_567));
    check("0.12345678", 7, Scaled::After(1_234_567));
    check(&format!("0.{}1", "0".repeat(10_000)), 0, Scaled::After(0));
}

#[test]
fn decimals_print_as_literals_that_read_the_same() {
    for text in ["0.0", "1.5", "-1.5", "-0.0000001", "922337203685.4775807", "-922337203685.4775808", "100.0"]
    {
        assert_eq!(decimal(text).to_string(), text);
    }
}

#[test]
fn decimals_are_exact_and_cut_after_the_seventh_digit() {
    let (a, b) = (decimal("7.5"), decimal("-2"));
    assert_eq!(a.plus(b), Some(decimal("5.5")));
    assert_eq!(a.minus(b), Some(decimal("9.5")));
    assert_eq!(a.times(b), Some(decimal("-15")));
    assert_eq!(a.over(b), Some(decimal("-3.75")));
    assert_eq!(a.modulo(b), Some(decimal("1.5")));
    assert_eq!(decimal("-7.5").modulo(b), Some(decimal("-1.5")));
    assert_eq!(decimal("1").over(decimal("3")), Some(decimal("0.3333333")));
    assert_eq!(decimal("-1").over(decimal("3")), Some(decimal("-0.3333333")));
    assert_eq!(decimal("0.0000001").times(decimal("0.5")), Some(decimal("0")));
}

#[test]
fn what_does_not_fit_is_nothing() {
    let (most, least) = (Decimal::from_units(i64::MAX), Decimal::from_units(i64::MIN));
    assert_eq!(most.plus(decimal("0.0000001")), None);
    assert_eq!(least.minus(decimal("0.0000001")), None);
    assert_eq!(most.times(decimal("1.1")), None);
    assert_eq!(most.over(decimal("0.5")), None);
    assert_eq!(least.over(decimal("-1")), None);
    assert_eq!((most.over(decimal("0")), most.modulo(decimal("0"))), (None, None));
    assert_eq!(least.negated(), None);
    assert_eq!((most.rounded(), most.ceiling(), least.floor()), (Some(decimal("922337203685")), None, None));
    assert_eq!(Decimal::from_integer(922_337_203_686), None);
    assert_eq!(remainder(i64::MIN, -1), Some(0));
}

#[test]
fn whole_numbers_are_found_on_either_side() {
    for (text, rounded, floor, ceiling) in [
        ("2.5", "3", "2", "3"),
        ("-2.5", "-3", "-3", "-2"),
        ("2.4999999", "2", "2", "3"),
        ("-2.4999999", "-2", "-3", "-2"),
        ("7", "7", "7", "7"),
    ] {
        let number = decimal(text);
        assert_eq!(number.rounded(), Some(decimal(rounded)), "{text}");
        assert_eq!(number.floor(), Some(decimal(floor)), "{text}");
        assert_eq!(number.ceiling(), Some(decimal(ceiling)), "{text}");
    }
}
