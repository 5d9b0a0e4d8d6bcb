#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

use super::*;
use crate::bind::bind_query;
use crate::number::Decimal;
use crate::testing::{ITEM, Item};

fn encoded(text: &str) -> String {
    text.bytes().map(|byte| format!("%{byte:02X}")).collect()
}

fn filter(text: &str) -> Expr {
    let query = bind_query(&format!("$filter={}", encoded(text)), &ITEM);
    query.unwrap_or_else(|errors| panic!("{text}: {errors:?}")).filter.unwrap()
}

const NOW: i64 = 17_000_000_000_000_000;

fn item() -> Item {
    let part = |unit: &str, width: i64| {
        Item::default()
            .with("unit", Scalar::Text(unit.to_owned().into()))
            .with("width", Scalar::Integer(width))
            .with_elements("labels", vec![Item::single(Scalar::Text("cm".into()))])
    };
    Item::default()
        .with("id", Scalar::Text("0f8fad5b-d9cb-469f-a165-70867728950e".into()))
        .with("name", Scalar::Text("Häuser Block".into()))
        .with("amount", Scalar::Integer(7))
        .with("price", Scalar::Decimal(Decimal::from_units(25_000_000)))
        .with("sold", Scalar::Boolean(false))
        .with("addedAt", Scalar::Ticks(17_040_672_001_234_567))
        .with("colour", Scalar::Integer(5))
        .with("size/width", Scalar::Integer(3))
        .with("size", Scalar::Boolean(true))
        .with_elements("parts", vec![part("cm", 1), part("mm", 2), part("cm", 3)])
        .with_elements("counts", vec![Item::single(Scalar::Integer(1)), Item::single(Scalar::Integer(7))])
}

fn check(text: &str, expected: bool) {
    assert_eq!(selects(&filter(text), &item(), NOW), expected, "{text}");
}

#[test]
fn values_are_compared() {
    check("name eq 'Häuser Block'", true);
    check("name eq 'häuser block'", false);
    check("name gt 'Hz'", true);
    check("name lt 'I'", true);
    check("amount in (6,7)", true);
    check("amount ge 7 and amount le 7.5 and amount lt 7.5", true);
    check("price eq 2.5 and price lt 2.50000001", true);
    check("colour has 'DarkBlue' and colour gt 'Red'", true);
    check("addedAt gt 2024-01-01 and addedAt lt 2024-01-01T00:00:01Z", true);
    check("id eq 0F8FAD5B-D9CB-469F-A165-70867728950E", true);
}

#[test]
fn null_follows_the_standard() {
    check("total eq null", true);
    check("total ne null", false);
    check("total eq 1", false);
    check("total ne 1", true);
    check("not (total eq 1)", true);
    check("total lt 1", false);
    check("total ge 1", false);
    check("not (total lt 1)", true);
    check("maker/city eq maker/city", true);
    check("maker/city ne name", true);
    check("maker/city lt maker/city", false);
    check("maker eq null and size ne null", true);
    check("contains(maker/city,'x')", false);
    check("not contains(maker/city,'x')", false);
    check("contains(maker/city,'x') eq null", true);
    check("contains(maker/city,'x') or amount eq 7", true);
    check("contains(maker/city,'x') and amount eq 7", false);
    check("not (contains(maker/city,'x') and amount eq 8)", true);
    check("not (contains(maker/city,'x') and amount eq 7)", false);
    check("total add 1 eq null", true);
    check("total in (1,null)", true);
    check("total in (1,2)", false);
    check("not (total in (1,2))", true);
}

#[test]
fn numbers_overflow_to_null() {
    check("amount mul 9223372036854775807 eq null", true);
    check("amount div (amount sub 7) eq null", true);
    check("amount mod (amount sub 7) eq null", true);
    check("amount divby 2 eq 3.5", true);
    check("-amount div 2 eq -3", true);
    check("(-amount) mod 4 eq -3", true);
    check("round(price) eq 3 and floor(price) eq 2 and ceiling(price) eq 3", true);
    check("cast(price mul 1000000000,Edm.Int32) eq null", true);
    check("cast(amount mul 200000000000,Edm.Decimal) eq null", true);
}

#[test]
fn functions_count_characters() {
    check("length(name) eq 12", true);
    check("indexof(name,'user') eq 2", true);
    check("indexof(name,'USER') eq -1", true);
    check("indexof(name,'') eq 0", true);
    check("substring(name,1,2) eq 'äu'", true);
    check("substring(name,-5) eq 'Block' and substring(name,-50,1) eq 'H'", true);
    check("substring(name,50) eq '' and substring(name,0,amount sub 50) eq ''", true);
    check("tolower(name) eq 'häuser block' and toupper(name) eq 'HäUSER BLOCK'", true);
    check("endswith(name,'Block') and startswith(name,'Hä') and contains(name,'')", true);
    check("matchesPattern(name,'^H.user\\s')", true);
    check("matchesPattern(name,'^user')", false);
    check("concat(name,cast(amount,Edm.String)) eq 'Häuser Block7'", true);
    check("cast(colour,Edm.String) eq 'DarkBlue'", true);
}

#[test]
fn times_are_taken_apart_in_utc() {
    check("year(addedAt) eq 2024 and month(addedAt) eq 1 and day(addedAt) eq 1", true);
    check("hour(addedAt) eq 0 and minute(addedAt) eq 0 and second(addedAt) eq 0", true);
    check("fractionalseconds(addedAt) eq 0.1234567", true);
    check("date(addedAt) eq 2024-01-01 and time(addedAt) eq 00:00:00.1234567", true);
    check("addedAt add duration'P1D' eq 2024-01-02T00:00:00.1234567Z", true);
    check("totalseconds(addedAt sub 2024-01-01) eq 0.1234567", true);
    check("year(1969-12-31T23:59:59.9Z) eq 1969 and second(1969-12-31T23:59:59.9Z) eq 59", true);
    check("now() lt addedAt and now() eq 2023-11-14T22:13:20Z", true);
    check("totaloffsetminutes(addedAt) eq 0", true);
    check("maxdatetime() add duration'PT0.0000001S' eq null", true);
}

#[test]
fn elements_are_visited() {
    check("parts/any()", true);
    check("tags/any() or tags/any(t:true)", false);
    check("tags/all(t:false)", true);
    check("parts/any(p:p/unit eq 'mm' and p/width eq 2)", true);
    check("parts/any(p:p/unit eq 'mm' and p/width eq 3)", false);
    check("parts/all(p:p/width gt 0)", true);
    check("parts/all(p:p/colour lt 'DarkBlue')", false);
    check("parts/any(p:p/labels/any(l:l eq p/unit))", true);
    check("parts/all(p:p/labels/any(l:l eq p/unit))", false);
    check("parts/any(p:p/width lt $it/size/width and p/unit eq 'mm')", true);
    check("parts/$count eq 3 and parts/$count($filter=unit eq 'cm') eq 2", true);
    check("amount in counts and 1 in counts", true);
    check("2 in counts", false);
    check("counts/$count($filter=$this gt 1) eq 1", true);
}

#[test]
fn null_is_the_lowest_of_an_order() {
    let keys = |text: &str| bind_query(&format!("$orderby={}", encoded(text)), &ITEM).unwrap().order_by;
    let (low, high) = (Item::default(), item());
    let ascending = keys("amount");
    assert_eq!(order(&ascending, &low, &high, NOW), Ordering::Less);
    assert_eq!(order(&keys("amount desc"), &low, &high, NOW), Ordering::Greater);
    assert_eq!(order(&ascending, &low, &low, NOW), Ordering::Equal);
    assert_eq!(order(&keys("amount mul 0,name"), &high, &low, NOW), Ordering::Greater);
    let second = item().with("name", Scalar::Text("A".into()));
    assert_eq!(order(&keys("amount,name desc"), &second, &high, NOW), Ordering::Greater);
    assert_eq!(order(&keys("length(name)"), &second, &high, NOW), Ordering::Less);
    assert_eq!(value(&ascending[0].expr, &high, NOW), Scalar::Integer(7));
}
