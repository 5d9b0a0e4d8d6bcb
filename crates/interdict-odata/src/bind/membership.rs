//! `in` and `has`.

use super::binder::{Binder, Operand};
use super::{fold, literal};
use crate::ast;
use crate::error::Fault;
use crate::number::{Decimal, Exact, Scaled};
use crate::query::{Comparison, Expr, ExprKind, Scalar, Type};

impl<'a> Binder<'a> {
    /// `x in (1,2,null)`: as `x eq 1 or x eq 2 or x eq null`.
    pub(super) fn in_list(&mut self, left: &'a ast::Expr, items: &'a [ast::Expr], at: usize) -> Option<Expr> {
        let value = match self.operand(left)? {
            Operand::Expr(value) => value,
            Operand::Literal(literal, at) => self.or_fail(literal::natural(literal, at))?,
        };
        if matches!(value.ty, Type::Complex(_)) {
            return self.fail(Fault::mismatch(value.at, "a complex value is in no list of literals"));
        }
        if value.literal() == Some(&Scalar::Null) {
            let null = |item: &ast::Expr| item.kind == ast::ExprKind::Literal(ast::Literal::Null);
            return Some(fold::boolean(items.iter().any(null), at));
        }
        let (mut values, mut null, mut failed) = (Vec::with_capacity(items.len()), false, false);
        for item in items {
            let item_at = self.at(item);
            let bound = match &item.kind {
                ast::ExprKind::Literal(ast::Literal::Null) => {
                    null = true;
                    continue;
                }
                ast::ExprKind::Literal(ast::Literal::Number(digits)) if value.ty.is_number() => {
                    let Some(number) = number(value.ty, &Exact::parse(digits)) else { continue };
                    Ok(number)
                }
                ast::ExprKind::Literal(literal) => literal::bind(literal, &value, item_at).map(literal_of),
                _ => Err(Fault::syntax(item_at, "a list holds literals alone")),
            };
            match self.or_fail(bound) {
                Some(scalar) => values.push(scalar),
                None => failed = true,
            }
        }
        if failed {
            return None;
        }
        if null && value.nullable && !matches!(value.kind, ExprKind::Value(_) | ExprKind::Literal(_)) {
            let message =
                "`null` in a list needs a property on the left of `in`; write `… eq null or … in (…)`";
            return self.fail(Fault::unsupported(at, message));
        }
        let mut parts = Vec::new();
        if null {
            parts.push(fold::is_null(value.clone(), at));
        }
        if !values.is_empty() {
            let nullable = value.nullable;
            let kind = ExprKind::InList(Box::new(value), values);
            parts.push(fold::is_true(fold::node(kind, Type::Boolean, nullable, at)));
        }
        Some(fold::any_of(parts, at))
    }

    /// `x has Type'Member'`. No enumeration here is a set of flags, so it is equality; null where the left side is.
    pub(super) fn has(&mut self, left: &'a ast::Expr, right: &'a ast::Expr, at: usize) -> Option<Expr> {
        let (left, right) = (self.operand(left), self.operand(right));
        let (left, right) = (left?, right?);
        let value = match left {
            Operand::Expr(value) if matches!(value.ty, Type::Enum(_)) => value,
            other => {
                let message = "the left side of `has` is a property of an enumeration";
                return self.fail(Fault::mismatch(other.at(), message));
            }
        };
        let member = match right {
            Operand::Literal(ast::Literal::Null, at) => fold::literal(Scalar::Null, value.ty, at),
            Operand::Literal(literal, at) => {
                let bound = literal::bind(literal, &value, at);
                self.or_fail(bound)?
            }
            Operand::Expr(other) if other.ty == value.ty => other,
            Operand::Expr(other) => {
                let message = format!("the right side of `has` is a member of {}", value.ty.name());
                return self.fail(Fault::mismatch(other.at, message));
            }
        };
        if member.literal() == Some(&Scalar::Null) {
            return Some(fold::literal(Scalar::Null, Type::Boolean, at));
        }
        let nullable = value.nullable || member.nullable;
        let kind = ExprKind::Compare(Comparison::Equal, Box::new(value), Box::new(member));
        Some(fold::node(kind, Type::Boolean, nullable, at))
    }
}

/// A number as a value of that type; what is between or beyond its values is in no list.
fn number(ty: Type, number: &Exact) -> Option<Scalar<'static>> {
    let decimal = ty == Type::Decimal;
    match number.scaled(if decimal { Decimal::DIGITS } else { 0 }) {
        Scaled::At(units) if decimal => Some(Scalar::Decimal(Decimal::from_units(units))),
        Scaled::At(count) => Some(Scalar::Integer(count)),
        _ => None,
    }
}

fn literal_of(expr: Expr) -> Scalar<'static> {
    match expr.kind {
        ExprKind::Literal(value) => value,
        _ => Scalar::Null,
    }
}
