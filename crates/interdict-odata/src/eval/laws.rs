//! Laws that hold of every filter and every row.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

use super::*;
use crate::arbitrary;
use crate::bind::bind_query;
use crate::edm::{Kind, Property, StructuredType};
use crate::number::Decimal;
use crate::query::Type;
use crate::testing::{ITEM, Item};

fn encoded(text: &str) -> String {
    text.bytes().map(|byte| format!("%{byte:02X}")).collect()
}

fn bound(text: &str) -> Result<Expr, TestCaseError> {
    match bind_query(&format!("$filter={}", encoded(text)), &ITEM) {
        Ok(query) => Ok(query.filter.unwrap()),
        Err(errors) => Err(TestCaseError::fail(format!("{text}: {errors:?}"))),
    }
}

fn text() -> impl Strategy<Value = Scalar<'static>> {
    select(arbitrary::texts()).prop_map(|text| Scalar::Text(text.into()))
}

fn number() -> impl Strategy<Value = Scalar<'static>> {
    prop_oneof![4 => -4..8_i64, 1 => any::<i32>().prop_map(i64::from)].prop_map(Scalar::Integer)
}

/// Rows with some of their values missing.
fn rows() -> impl Strategy<Value = Item> {
    type Maybe = Option<Scalar<'static>>;
    fn maybe(value: impl Strategy<Value = Scalar<'static>>) -> impl Strategy<Value = Maybe> {
        proptest::option::weighted(0.7, value)
    }
    let singles = (
        maybe(text()),
        maybe(number()),
        maybe(any::<i64>().prop_map(Scalar::Integer)),
        maybe(any::<i64>().prop_map(|units| Scalar::Decimal(Decimal::from_units(units)))),
        maybe(any::<bool>().prop_map(Scalar::Boolean)),
        maybe((-600_000_000_000_000_000..2_500_000_000_000_000_000_i64).prop_map(Scalar::Ticks)),
        maybe(select(vec![0, 5]).prop_map(Scalar::Integer)),
        maybe(text()),
    );
    let part = (maybe(text()), number(), vec(text(), 0..3)).prop_map(|(unit, width, labels)| {
        let mut part = Item::default().with("width", width);
        if let Some(unit) = unit {
            part = part.with("unit", unit);
        }
        part.with_elements("labels", labels.into_iter().map(Item::single).collect())
    });
    (singles, vec(part, 0..3), vec(text(), 0..3)).prop_map(|(singles, parts, tags)| {
        let (name, amount, total, price, sold, added, colour, city) = singles;
        let names = ["name", "amount", "total", "price", "sold", "addedAt", "colour", "maker/city"];
        let values = [name, amount, total, price, sold, added, colour, city];
        let mut item = Item::default().with("id", Scalar::Text("x".into()));
        for (name, value) in names.into_iter().zip(values) {
            if let Some(value) = value {
                item = item.with(name, value);
            }
        }
        item.with_elements("parts", parts).with_elements("tags", tags.into_iter().map(Item::single).collect())
    })
}

static NOTE: StructuredType =
    StructuredType { name: "note", properties: &[Property::nullable("text", Kind::String)] };

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, ..ProptestConfig::default() })]

    #[test]
    fn a_condition_is_true_or_false_or_null(filter in arbitrary::filters(&ITEM), row in rows()) {
        let selects = |text: &str| Ok::<_, TestCaseError>(selects(&bound(text)?, &row, 0));
        let states = [
            selects(&format!("({filter}) eq true"))?,
            selects(&format!("({filter}) eq false"))?,
            selects(&format!("({filter}) eq null"))?,
        ];
        prop_assert_eq!(states.iter().filter(|state| **state).count(), 1, "{}: {:?}", filter, states);
        prop_assert_eq!(selects(&filter)?, states[0], "{}", filter);
        prop_assert_eq!(selects(&format!("not ({filter})"))?, states[1], "{}", filter);
        prop_assert_eq!(selects(&format!("({filter}) ne true"))?, !states[0], "{}", filter);
        prop_assert_eq!(selects(&format!("not (({filter}) and true)"))?, states[1], "{}", filter);
        prop_assert_eq!(selects(&format!("({filter}) or ({filter}) eq null"))?, !states[1], "{}", filter);
    }

    #[test]
    fn a_comparison_is_never_null(comparison in arbitrary::comparisons(&ITEM), row in rows()) {
        let selects = |text: &str| Ok::<_, TestCaseError>(selects(&bound(text)?, &row, 0));
        let holds = selects(&comparison)?;
        prop_assert_eq!(selects(&format!("not ({comparison})"))?, !holds, "{}", comparison);
        prop_assert!(!selects(&format!("({comparison}) eq null"))?, "{}", comparison);
    }

    #[test]
    fn canonical_text_means_the_same(filter in arbitrary::filters(&ITEM)) {
        let tree = crate::parser::parse(&filter).map_err(|fault| TestCaseError::fail(fault.message))?;
        prop_assert_eq!(bound(&tree.to_string())?, bound(&filter)?, "{}", filter);
    }

    #[test]
    fn the_type_of_a_tree_is_the_type_of_its_values(filter in arbitrary::filters(&ITEM), row in rows()) {
        fn check(expr: &Expr, row: &dyn Row) -> Result<(), TestCaseError> {
            // What is below a variable has no value without its element.
            let children: Vec<&Expr> = match &expr.kind {
                ExprKind::And(parts) | ExprKind::Or(parts) | ExprKind::Call(_, parts) => parts.iter().collect(),
                ExprKind::Compare(_, left, right)
                | ExprKind::Same(left, right)
                | ExprKind::Arithmetic(_, left, right) => vec![left, right],
                ExprKind::Not(operand)
                | ExprKind::IsTrue(operand)
                | ExprKind::Negate(operand)
                | ExprKind::Convert(operand)
                | ExprKind::Matches(operand, _)
                | ExprKind::InList(operand, _) => vec![operand],
                _ => Vec::new(),
            };
            children.into_iter().try_for_each(|child| check(child, row))?;
            let value = value(expr, row, 0);
            let fits = match &value {
                Scalar::Null => expr.nullable,
                Scalar::Boolean(_) => expr.ty == Type::Boolean,
                Scalar::Text(_) => expr.ty == Type::String,
                Scalar::Integer(_) => expr.ty.is_integer() || matches!(expr.ty, Type::Enum(_)),
                Scalar::Decimal(_) => expr.ty == Type::Decimal,
                Scalar::Ticks(_) => {
                    matches!(expr.ty, Type::Date | Type::TimeOfDay | Type::DateTimeOffset | Type::Duration)
                }
                Scalar::Guid(_) => expr.ty == Type::Guid,
                Scalar::Binary(_) => expr.ty == Type::Binary,
            };
            prop_assert!(fits, "{} is {:?}, and of type {:?}", expr, value, expr.ty);
            Ok(())
        }
        check(&bound(&filter)?, &row)?;
    }

    #[test]
    fn an_order_is_total(order_by in arbitrary::orders(&ITEM), rows in vec(rows(), 3)) {
        let query = bind_query(&format!("$orderby={}", encoded(&order_by)), &ITEM);
        let keys = query.map_err(|errors| TestCaseError::fail(format!("{order_by}: {errors:?}")))?.order_by;
        let order = |left: usize, right: usize| order(&keys, &rows[left], &rows[right], 0);
        for (left, right) in [(0, 1), (1, 2), (0, 2)] {
            prop_assert_eq!(order(left, right), order(right, left).reverse(), "{}", order_by);
        }
        if order(0, 1) == order(1, 2) {
            prop_assert_eq!(order(0, 2), order(0, 1), "{}", order_by);
        }
    }

    #[test]
    fn a_type_of_one_property_has_queries_too(
        filter in arbitrary::filters(&NOTE),
        comparison in arbitrary::comparisons(&NOTE),
        order in arbitrary::orders(&NOTE),
    ) {
        let query = format!("$filter=({}) or {}&$orderby={}", encoded(&filter), encoded(&comparison), encoded(&order));
        prop_assert!(bind_query(&query, &NOTE).is_ok(), "{}", query);
    }

    #[test]
    fn every_search_parses_and_not_is_the_opposite(search in arbitrary::searches(), text in select(arbitrary::texts())) {
        let found = |search: &str| {
            let query = bind_query(&format!("$search={}", encoded(search)), &ITEM);
            let search = query.map_err(|errors| TestCaseError::fail(format!("{search}: {errors:?}")))?;
            let texts = [crate::search::Text { path: "name", text }];
            Ok::<_, TestCaseError>(search.search.unwrap().finds(&texts))
        };
        prop_assert_eq!(found(&search)?, !found(&format!("NOT ({search})"))?, "{}", search);
    }
}
