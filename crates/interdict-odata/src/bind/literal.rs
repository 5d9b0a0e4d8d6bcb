//! Literals as values: of their own type, or of the type of what they meet.

use std::borrow::Cow;

use super::fold;
use crate::ast;
use crate::edm::{EnumType, Kind};
use crate::error::{Fault, quoted};
use crate::instant;
use crate::lexer::{self, TokenKind};
use crate::number::Exact;
use crate::query::{Expr, ExprKind, Scalar, Type};
use crate::suggest;

/// The literal as a value that can be compared with `value`; `at` is where the literal stands.
pub(super) fn bind(literal: &ast::Literal, value: &Expr, at: usize) -> Result<Expr, Fault> {
    let mismatch = || {
        let name = match &value.kind {
            ExprKind::Value(place) if !place.path.0.is_empty() => quoted(&place.path.to_string()),
            _ => "this".to_owned(),
        };
        let message = format!("{name} is {} and cannot equal {}", value.ty.name(), shown(literal));
        Fault::mismatch(at, message)
    };
    let scalar = match (value.ty, literal) {
        (ty, ast::Literal::Null) => return Ok(fold::literal(Scalar::Null, ty, at)),
        (Type::Boolean, ast::Literal::Boolean(value)) => Scalar::Boolean(*value),
        // GUIDs are texts here, and compared as they are written.
        (Type::String, ast::Literal::String(text) | ast::Literal::Guid(text)) => {
            let lower = is_guid_text(value) && guid(text).is_some();
            Scalar::Text(Cow::Owned(if lower { text.to_ascii_lowercase() } else { text.clone() }))
        }
        (Type::Guid, ast::Literal::String(text)) => guid(text).map(Scalar::Guid).ok_or_else(mismatch)?,
        (Type::Enum(of), ast::Literal::String(text) | ast::Literal::Number(text)) => member(of, text, at)?,
        (Type::Enum(of), ast::Literal::Enum(prefix, text)) if of.is_named(prefix) => member(of, text, at)?,
        // Quoted dates and times are no OData, but what people write.
        (Type::Date | Type::DateTimeOffset | Type::TimeOfDay, ast::Literal::String(text)) => {
            let inner = lone(text).ok_or_else(mismatch)?;
            let bound = natural(&inner, at)?;
            return if meets(bound.ty, value.ty) { Ok(bound) } else { Err(mismatch()) };
        }
        (Type::Enum(_) | Type::Complex(_), _) => return Err(mismatch()),
        (ty, _) => {
            // An enumeration's literal has no type of its own here.
            let bound = if matches!(literal, ast::Literal::Enum(..)) {
                Err(mismatch())
            } else {
                natural(literal, at)
            }?;
            return if meets(bound.ty, ty) { Ok(bound) } else { Err(mismatch()) };
        }
    };
    Ok(fold::literal(scalar, value.ty, at))
}

/// Whether literals of one type are compared with values of another.
fn meets(literal: Type, value: Type) -> bool {
    literal == value || literal.is_integer() && value.is_integer() || is_day(literal) && is_day(value)
}

const fn is_day(ty: Type) -> bool {
    matches!(ty, Type::Date | Type::DateTimeOffset)
}

/// The literal as a value of its own type; null is of any, and counts as `Edm.Boolean`.
pub(super) fn natural(literal: &ast::Literal, at: usize) -> Result<Expr, Fault> {
    let outside =
        |what: &str| Fault::mismatch(at, format!("{} is no {what}", quoted(literal.to_string().as_str())));
    let ticks = |ticks: Option<i64>, what: &str| ticks.map(Scalar::Ticks).ok_or_else(|| outside(what));
    let (scalar, ty) = match literal {
        ast::Literal::Null => (Scalar::Null, Type::Boolean),
        ast::Literal::Boolean(value) => (Scalar::Boolean(*value), Type::Boolean),
        ast::Literal::String(text) => (Scalar::Text(Cow::Owned(text.clone())), Type::String),
        ast::Literal::Number(text) => number(text, at)?,
        ast::Literal::Guid(text) => {
            (guid(text).map(Scalar::Guid).ok_or_else(|| outside("GUID"))?, Type::Guid)
        }
        ast::Literal::Date(text) => (ticks(instant::ticks(text), "day of the years 1 to 9999")?, Type::Date),
        ast::Literal::DateTimeOffset(text) => {
            (ticks(instant::ticks(text), "instant of the years 1 to 9999")?, Type::DateTimeOffset)
        }
        ast::Literal::TimeOfDay(text) => (ticks(instant::time_of_day(text), "time of day")?, Type::TimeOfDay),
        ast::Literal::Duration(text) => {
            (ticks(instant::duration(text), "duration of less than 29,000 years")?, Type::Duration)
        }
        ast::Literal::Binary(text) => {
            let bytes = base64url(text).ok_or_else(|| outside("base64url"))?;
            (Scalar::Binary(Cow::Owned(bytes)), Type::Binary)
        }
        ast::Literal::Geo(prefix, _) => {
            return Err(Fault::unsupported(at, format!("{} values are not supported", quoted(prefix))));
        }
        ast::Literal::Enum(..) => {
            let message = format!("{} has nothing to be compared with", shown(literal));
            return Err(Fault::unsupported(at, message));
        }
    };
    Ok(fold::literal(scalar, ty, at))
}

/// An integer, or where there is a point or an exponent a decimal.
fn number(text: &str, at: usize) -> Result<(Scalar<'static>, Type), Fault> {
    let exact = Exact::parse(text);
    let written_as_integer = !text.contains(['.', 'e', 'E', 'I', 'N']);
    if let Some(integer) = exact.integer().filter(|_| written_as_integer) {
        return Ok((Scalar::Integer(integer), integer_type(integer)));
    }
    exact.decimal().map(|decimal| (Scalar::Decimal(decimal), Type::Decimal)).ok_or_else(|| {
        let message = format!(
            "{} can be compared with, but not computed: that takes at most 7 digits after the point, and 12 before it",
            quoted(text)
        );
        Fault::unsupported(at, message)
    })
}

/// The smallest type that has the number.
pub(super) fn integer_type(number: i64) -> Type {
    if i32::try_from(number).is_ok() { Type::Int32 } else { Type::Int64 }
}

fn is_guid_text(value: &Expr) -> bool {
    match &value.kind {
        ExprKind::Value(place) => place.path.0.last().is_some_and(|property| property.kind == Kind::GuidText),
        _ => false,
    }
}

/// The number of a GUID in any case, with hyphens.
pub(super) fn guid(text: &str) -> Option<u128> {
    let hyphen = |index| matches!(index, 8 | 13 | 18 | 23);
    if text.len() != 36 || text.bytes().enumerate().any(|(index, byte)| hyphen(index) != (byte == b'-')) {
        return None;
    }
    text.bytes().filter(|byte| *byte != b'-').try_fold(0, |number: u128, byte| {
        char::from(byte).to_digit(16).map(|digit| (number << 4) | u128::from(digit))
    })
}

fn base64url(text: &str) -> Option<Vec<u8>> {
    let (mut bytes, mut bits, mut held) = (Vec::with_capacity(text.len() * 3 / 4), 0_u32, 0_u32);
    let digits = text.trim_end_matches('=');
    if digits.len() % 4 == 1 || text.len() - digits.len() > 2 {
        return None;
    }
    for digit in digits.bytes() {
        let value = match digit {
            b'A'..=b'Z' => digit - b'A',
            b'a'..=b'z' => digit - b'a' + 26,
            b'0'..=b'9' => digit - b'0' + 52,
            b'-' => 62,
            b'_' => 63,
            _ => return None,
        };
        bits = (bits << 6) | u32::from(value);
        held += 6;
        if held >= 8 {
            held -= 8;
            bytes.push(u8::try_from((bits >> held) & 0xff).ok()?);
            bits &= (1 << held) - 1;
        }
    }
    Some(bytes)
}

fn member(of: &'static EnumType, text: &str, at: usize) -> Result<Scalar<'static>, Fault> {
    of.member(text.trim()).map(Scalar::Integer).ok_or_else(|| {
        let members: Vec<_> = of.members.iter().map(|(name, _)| *name).collect();
        let hint = suggest::hint(text.trim(), members.iter().copied());
        let message =
            format!("{} is no member of `{}`, which has {}{hint}", quoted(text), of.name, members.join(", "));
        Fault::mismatch(at, message)
    })
}

/// A literal for a message.
pub(super) fn shown(literal: &ast::Literal) -> String {
    quoted(&literal.to_string())
}

/// The literal that a text is, if it is one and nothing else.
pub(super) fn lone(text: &str) -> Option<ast::Literal> {
    match lexer::tokens(text).ok()?.as_slice() {
        [lexer::Token { kind: TokenKind::Literal(literal), .. }, _] => Some(literal.clone()),
        _ => None,
    }
}
