//! A literal as a value of the property that it is compared with.

use crate::ast;
use crate::edm::{EnumType, Kind, Property};
use crate::error::{Fault, quoted};
use crate::instant;
use crate::lexer::{self, TokenKind};
use crate::query::Literal;

/// The literal as a value of that property; `at` is where it stands.
pub(super) fn bind(literal: &ast::Literal, property: &Property, at: usize) -> Result<Literal, Fault> {
    let mismatch = || {
        let message =
            format!("`{}` is {} and cannot equal {}", property.name, property.kind.name(), shown(literal));
        Fault::mismatch(at, message)
    };
    match (property.kind, literal) {
        (Kind::Collection(_) | Kind::Complex(_), _) => {
            Err(Fault::mismatch(at, format!("`{}` is not a single value", property.name)))
        }
        (_, ast::Literal::Null) => Ok(Literal::Null),
        // GUIDs are texts here, and compared as they are written.
        (Kind::String, ast::Literal::String(text) | ast::Literal::Guid(text)) => {
            Ok(Literal::String(text.clone()))
        }
        (Kind::Int32, ast::Literal::Number(digits)) => integer(digits, at),
        (Kind::DateTimeOffset, ast::Literal::DateTimeOffset(text) | ast::Literal::Date(text)) => {
            instant(text, at)
        }
        // Quoted dates are no OData, but what people write.
        (Kind::DateTimeOffset, ast::Literal::String(text)) => match lone_literal(text) {
            Some(ast::Literal::DateTimeOffset(text) | ast::Literal::Date(text)) => instant(&text, at),
            _ => Err(mismatch()),
        },
        (Kind::Enum(of), ast::Literal::String(text) | ast::Literal::Number(text)) => member(of, text, at),
        (Kind::Enum(of), ast::Literal::Enum(prefix, text)) if of.is_named(prefix) => member(of, text, at),
        _ => Err(mismatch()),
    }
}

/// A literal for a message.
pub(super) fn shown(literal: &ast::Literal) -> String {
    quoted(&literal.to_string())
}

fn integer(digits: &str, at: usize) -> Result<Literal, Fault> {
    if digits.contains(['.', 'e', 'E', 'I', 'N']) {
        return Err(Fault::unsupported(
            at,
            format!("{} is no whole number; others are not supported", quoted(digits)),
        ));
    }
    let outside = |_| Fault::mismatch(at, format!("{} is outside of `Edm.Int64`", quoted(digits)));
    digits.parse().map(Literal::Integer).map_err(outside)
}

fn instant(text: &str, at: usize) -> Result<Literal, Fault> {
    let outside = || Fault::mismatch(at, format!("{} is no instant of the years 1 to 9999", quoted(text)));
    instant::ticks(text).map(Literal::Instant).ok_or_else(outside)
}

fn member(of: &EnumType, text: &str, at: usize) -> Result<Literal, Fault> {
    of.member(text.trim()).map(Literal::Integer).ok_or_else(|| {
        let members: Vec<_> = of.members.iter().map(|(name, _)| *name).collect();
        let message =
            format!("{} is no member of `{}`, which has {}", quoted(text), of.name, members.join(", "));
        Fault::mismatch(at, message)
    })
}

/// The literal that a text is, if it is one and nothing else.
fn lone_literal(text: &str) -> Option<ast::Literal> {
    match lexer::tokens(text).ok()?.as_slice() {
        [lexer::Token { kind: TokenKind::Literal(literal), .. }, _] => Some(literal.clone()),
        _ => None,
    }
}
