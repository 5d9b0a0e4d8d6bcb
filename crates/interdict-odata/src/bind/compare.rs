//! Comparisons (OData 4.01 part 2, 5.1.1.1): to `eq` and `ne` null is a value like others; to the others it makes the
//! answer false.

use super::binder::{Binder, Operand};
use super::{fold, literal};
use crate::ast;
use crate::edm::{Kind, Property, StructuredType};
use crate::error::{Fault, quoted};
use crate::number::{Decimal, Exact, Scaled};
use crate::query::{Comparison, Expr, ExprKind, Place, Scalar, Type};

impl<'a> Binder<'a> {
    pub(super) fn compare(
        &mut self,
        comparison: Comparison,
        left: &'a ast::Expr,
        right: &'a ast::Expr,
        at: usize,
    ) -> Option<Expr> {
        let (left, right) = (self.operand(left), self.operand(right));
        match (left?, right?) {
            (Operand::Expr(left), Operand::Expr(right)) => self.compare_values(comparison, left, right, at),
            (Operand::Expr(left), Operand::Literal(literal, literal_at)) => {
                self.compare_literal(comparison, left, literal, literal_at, at)
            }
            (Operand::Literal(literal, literal_at), Operand::Expr(right)) => {
                self.compare_literal(comparison.flipped(), right, literal, literal_at, at)
            }
            (Operand::Literal(left, left_at), Operand::Literal(right, right_at)) => {
                // Numbers may have more digits than any type: the other one takes the type then.
                match (literal::natural(left, left_at), literal::natural(right, right_at)) {
                    (Err(_), Ok(value)) => {
                        self.compare_literal(comparison.flipped(), value, left, left_at, at)
                    }
                    (Ok(value), Ok(other)) if value.literal() == Some(&Scalar::Null) => {
                        self.compare_literal(comparison.flipped(), other, left, left_at, at)
                    }
                    (natural, _) => {
                        let value = self.or_fail(natural)?;
                        self.compare_literal(comparison, value, right, right_at, at)
                    }
                }
            }
        }
    }

    pub(super) fn compare_literal(
        &mut self,
        comparison: Comparison,
        value: Expr,
        literal: &ast::Literal,
        literal_at: usize,
        at: usize,
    ) -> Option<Expr> {
        match literal {
            ast::Literal::Null => {
                let null = null_test(value, at);
                Some(match comparison {
                    Comparison::Equal => null,
                    Comparison::NotEqual => fold::not(null, at),
                    _ => fold::boolean(false, at),
                })
            }
            ast::Literal::Number(digits) if value.ty.is_number() => {
                Some(compare_number(comparison, value, &Exact::parse(digits), literal_at, at))
            }
            _ if matches!(value.ty, Type::Complex(_)) => self.fail(complex(&value)),
            _ => {
                let bound = literal::bind(literal, &value, literal_at);
                let bound = self.or_fail(bound)?;
                self.compare_values(comparison, value, bound, at)
            }
        }
    }

    /// Two expressions, or an expression and a literal of its type.
    pub(super) fn compare_values(
        &mut self,
        comparison: Comparison,
        left: Expr,
        right: Expr,
        at: usize,
    ) -> Option<Expr> {
        let (left, right) = match (left.ty, right.ty) {
            (Type::Complex(_), _) => return self.fail(complex(&left)),
            (_, Type::Complex(_)) => return self.fail(complex(&right)),
            (Type::Decimal, from) if from.is_integer() => (left, fold::convert(right, Type::Decimal)),
            (from, Type::Decimal) if from.is_integer() => (fold::convert(left, Type::Decimal), right),
            (from, to) if from.is_integer() && to.is_integer() => (left, right),
            (Type::Date | Type::DateTimeOffset, Type::Date | Type::DateTimeOffset) => (left, right),
            (from, to) if from == to => (left, right),
            (from, to) => {
                let message = format!("{} cannot be compared with {}", from.name(), to.name());
                return self.fail(Fault::mismatch(at, message));
            }
        };
        let equality = matches!(comparison, Comparison::Equal | Comparison::NotEqual);
        if !equality && matches!(left.ty, Type::Guid | Type::Binary) {
            let message = format!("{} has no order; it takes `eq`, `ne` and `in`", left.ty.name());
            return self.fail(Fault::mismatch(at, message));
        }
        Some(compared(comparison, left, right, at))
    }
}

/// A comparison of operands of one type, with what OData says about null spelled out. A constant comes to stand on the
/// right.
fn compared(comparison: Comparison, left: Expr, right: Expr, at: usize) -> Expr {
    if left.literal().is_some() && right.literal().is_none() {
        return compared(comparison.flipped(), right, left, at);
    }
    if right.literal() == Some(&Scalar::Null) {
        return match comparison {
            Comparison::Equal => fold::is_null(left, at),
            Comparison::NotEqual => fold::not(fold::is_null(left, at), at),
            _ => fold::boolean(false, at),
        };
    }
    let (one, both) = (left.nullable || right.nullable, left.nullable && right.nullable);
    let (left, right) = (Box::new(left), Box::new(right));
    match comparison {
        Comparison::Equal if both => fold::node(ExprKind::Same(left, right), Type::Boolean, false, at),
        Comparison::NotEqual if one => {
            fold::not(fold::node(ExprKind::Same(left, right), Type::Boolean, false, at), at)
        }
        _ => fold::is_true(fold::node(ExprKind::Compare(comparison, left, right), Type::Boolean, one, at)),
    }
}

/// A number of one type against a literal that may lie between two values of it, or outside of all.
fn compare_number(comparison: Comparison, value: Expr, number: &Exact, literal_at: usize, at: usize) -> Expr {
    use Comparison::{Equal, Greater, GreaterOrEqual, Less, LessOrEqual, NotEqual};
    let decimal = value.ty == Type::Decimal;
    let known = |count: i64| {
        let (scalar, ty) = if decimal {
            (Scalar::Decimal(Decimal::from_units(count)), Type::Decimal)
        } else {
            (Scalar::Integer(count), literal::integer_type(count))
        };
        fold::literal(scalar, ty, literal_at)
    };
    let exists = |value: Expr| fold::not(fold::is_null(value, at), at);
    match (number.scaled(if decimal { Decimal::DIGITS } else { 0 }), comparison) {
        (Scaled::At(count), _) => compared(comparison, value, known(count), at),
        (_, Equal) | (Scaled::NotANumber, Less | LessOrEqual | Greater | GreaterOrEqual) => {
            fold::boolean(false, at)
        }
        (_, NotEqual) => fold::boolean(true, at),
        (Scaled::After(count), Less | LessOrEqual) => compared(LessOrEqual, value, known(count), at),
        (Scaled::After(count), Greater | GreaterOrEqual) => compared(Greater, value, known(count), at),
        (Scaled::Above, Less | LessOrEqual) | (Scaled::Below, Greater | GreaterOrEqual) => exists(value),
        (Scaled::Above | Scaled::Below, _) => fold::boolean(false, at),
    }
}

/// Whether a value is null. A complex value is null exactly where a member is that cannot be null itself.
pub(super) fn null_test(value: Expr, at: usize) -> Expr {
    let member = match value.ty {
        Type::Complex(of) => required(of),
        _ => None,
    };
    match (value, member) {
        (
            Expr { kind: ExprKind::Value(Place { root, mut path }), nullable: true, at: path_at, .. },
            Some((member, ty)),
        ) => {
            path.0.push(member);
            let kind = ExprKind::Value(Place { root, path });
            fold::is_null(Expr { kind, ty, nullable: true, at: path_at }, at)
        }
        (value, _) => fold::is_null(value, at),
    }
}

/// The first member of a complex type that is a single value and never null.
fn required(of: &'static StructuredType) -> Option<(&'static Property, Type)> {
    of.properties
        .iter()
        .filter(|member| !member.nullable && !matches!(member.kind, Kind::Complex(_)))
        .find_map(|member| Type::of(member.kind).map(|ty| (member, ty)))
}

fn complex(value: &Expr) -> Fault {
    let name = match &value.kind {
        ExprKind::Value(place) if !place.path.0.is_empty() => quoted(&place.path.to_string()),
        _ => "this".to_owned(),
    };
    Fault::mismatch(value.at, format!("{name} is a complex value; compare one of its properties"))
}
