//! Arithmetic and conversions. What does not fit is null.

use std::borrow::Cow;

use crate::instant::{RANGE, TICKS_PER_DAY};
use crate::number::{Decimal, remainder, scaled, unscaled};
use crate::query::{Arithmetic, Scalar, Type};

/// `left operator right` as a value of type `ty`.
#[must_use]
pub fn arithmetic(operator: Arithmetic, left: &Scalar<'_>, right: &Scalar<'_>, ty: Type) -> Scalar<'static> {
    match (left, right) {
        (Scalar::Integer(left), Scalar::Integer(right)) => {
            integers(operator, *left, *right).map(Scalar::Integer)
        }
        (Scalar::Decimal(left), Scalar::Decimal(right)) => {
            decimals(operator, *left, *right).map(Scalar::Decimal)
        }
        (Scalar::Ticks(left), Scalar::Ticks(right)) => times(operator, *left, *right, ty).map(Scalar::Ticks),
        (Scalar::Ticks(ticks), Scalar::Integer(number)) => match operator {
            Arithmetic::Multiply => ticks.checked_mul(*number),
            Arithmetic::Divide => ticks.checked_div(*number),
            _ => None,
        }
        .map(Scalar::Ticks),
        (Scalar::Ticks(ticks), Scalar::Decimal(number)) => match operator {
            Arithmetic::Multiply => scaled(*ticks, number.units()),
            Arithmetic::Divide => unscaled(*ticks, number.units()),
            _ => None,
        }
        .map(Scalar::Ticks),
        _ => None,
    }
    .unwrap_or(Scalar::Null)
}

fn integers(operator: Arithmetic, left: i64, right: i64) -> Option<i64> {
    match operator {
        Arithmetic::Add => left.checked_add(right),
        Arithmetic::Subtract => left.checked_sub(right),
        Arithmetic::Multiply => left.checked_mul(right),
        Arithmetic::Divide => left.checked_div(right),
        Arithmetic::Modulo => remainder(left, right),
    }
}

fn decimals(operator: Arithmetic, left: Decimal, right: Decimal) -> Option<Decimal> {
    match operator {
        Arithmetic::Add => left.plus(right),
        Arithmetic::Subtract => left.minus(right),
        Arithmetic::Multiply => left.times(right),
        Arithmetic::Divide => left.over(right),
        Arithmetic::Modulo => left.modulo(right),
    }
}

/// Sums and differences of times.
fn times(operator: Arithmetic, left: i64, right: i64, ty: Type) -> Option<i64> {
    let ticks = match operator {
        Arithmetic::Add => left.checked_add(right),
        Arithmetic::Subtract => left.checked_sub(right),
        _ => None,
    }?;
    match ty {
        Type::DateTimeOffset => RANGE.contains(&ticks).then_some(ticks),
        Type::Date => RANGE.contains(&ticks).then(|| ticks - ticks.rem_euclid(TICKS_PER_DAY)),
        _ => Some(ticks),
    }
}

/// The operand with the other sign; see [`crate::query::ExprKind::Negate`].
#[must_use]
pub fn negate(operand: &Scalar<'_>) -> Scalar<'static> {
    match operand {
        Scalar::Integer(number) => number.checked_neg().map(Scalar::Integer),
        Scalar::Decimal(number) => number.negated().map(Scalar::Decimal),
        Scalar::Ticks(ticks) => ticks.checked_neg().map(Scalar::Ticks),
        _ => None,
    }
    .unwrap_or(Scalar::Null)
}

/// A value of type `from` as one of type `to`.
#[must_use]
pub fn convert(value: Scalar<'_>, from: Type, to: Type) -> Scalar<'_> {
    match (value, to) {
        (Scalar::Integer(number), Type::Decimal) => {
            Decimal::from_integer(number).map_or(Scalar::Null, Scalar::Decimal)
        }
        (Scalar::Decimal(number), Type::Int64) => Scalar::Integer(number.truncated()),
        (Scalar::Decimal(number), Type::Int32) => int32(number.truncated()),
        (Scalar::Integer(number), Type::Int32) => int32(number),
        (Scalar::Integer(number), Type::String) => match from {
            Type::Enum(of) => {
                of.name_of(number).map_or(Scalar::Null, |name| Scalar::Text(Cow::Borrowed(name)))
            }
            _ => Scalar::Text(number.to_string().into()),
        },
        (Scalar::Boolean(value), Type::String) => Scalar::Text(if value { "true" } else { "false" }.into()),
        (Scalar::Guid(guid), Type::String) => Scalar::Text(guid_text(guid).into()),
        (same, _) => same,
    }
}

fn int32(number: i64) -> Scalar<'static> {
    if i32::try_from(number).is_ok() { Scalar::Integer(number) } else { Scalar::Null }
}

/// In lower case, with hyphens.
fn guid_text(guid: u128) -> String {
    let mut text = format!("{guid:032x}");
    for at in [8, 13, 18, 23] {
        text.insert(at, '-');
    }
    text
}
