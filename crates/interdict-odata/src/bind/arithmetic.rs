//! Arithmetic: which types meet, and what comes of them.

use super::binder::{Binder, Operand};
use super::{fold, literal};
use crate::ast::{self, BinaryOperator};
use crate::error::Fault;
use crate::number::Decimal;
use crate::query::{Arithmetic, Expr, ExprKind, Scalar, Type};

impl<'a> Binder<'a> {
    pub(super) fn arithmetic(
        &mut self,
        operator: BinaryOperator,
        left: &'a ast::Expr,
        right: &'a ast::Expr,
        at: usize,
    ) -> Option<Expr> {
        let (left, right) = (self.number_or_time(left), self.number_or_time(right));
        let (left, right) = (left?, right?);
        let Some((computed, left, right, ty)) = typed(operator, left, right) else {
            return self.mismatched(operator, at);
        };
        let divides = matches!(computed, Arithmetic::Divide | Arithmetic::Modulo);
        let zero = matches!(right.literal(), Some(Scalar::Integer(0)))
            || right.literal() == Some(&Scalar::Decimal(Decimal::from_units(0)));
        if divides && zero {
            return self.fail(Fault::mismatch(right.at, "the divisor is zero"));
        }
        let kind = ExprKind::Arithmetic(computed, Box::new(left), Box::new(right));
        Some(fold::node(kind, ty, true, at))
    }

    pub(super) fn negate(&mut self, operand: &'a ast::Expr, at: usize) -> Option<Expr> {
        let operand = self.number_or_time(operand)?;
        let ty = match operand.ty {
            Type::Int32 | Type::Int64 => Type::Int64,
            Type::Decimal => Type::Decimal,
            Type::Duration => Type::Duration,
            other => {
                let message = format!("{} has no negative", other.name());
                return self.fail(Fault::mismatch(operand.at, message));
            }
        };
        Some(fold::node(ExprKind::Negate(Box::new(operand)), ty, true, at))
    }

    /// An operand of arithmetic. Null counts as a number, and makes the result null.
    fn number_or_time(&mut self, expr: &'a ast::Expr) -> Option<Expr> {
        match self.operand(expr)? {
            Operand::Expr(expr) => Some(expr),
            Operand::Literal(ast::Literal::Null, at) => Some(fold::literal(Scalar::Null, Type::Int64, at)),
            Operand::Literal(literal, at) => self.or_fail(literal::natural(literal, at)),
        }
    }

    fn mismatched<T>(&mut self, operator: BinaryOperator, at: usize) -> Option<T> {
        let message = format!("`{}` takes numbers, or times and durations", operator.keyword());
        self.fail(Fault::mismatch(at, message))
    }
}

/// The operands as they are computed, and the type of the result. `None` where they do not go together.
fn typed(operator: BinaryOperator, left: Expr, right: Expr) -> Option<(Arithmetic, Expr, Expr, Type)> {
    use Type::{Date, DateTimeOffset, Duration};
    let computed = match operator {
        BinaryOperator::Add => Arithmetic::Add,
        BinaryOperator::Sub => Arithmetic::Subtract,
        BinaryOperator::Mul => Arithmetic::Multiply,
        BinaryOperator::Div | BinaryOperator::DivBy => Arithmetic::Divide,
        BinaryOperator::Mod => Arithmetic::Modulo,
        _ => return None,
    };
    let sum = matches!(computed, Arithmetic::Add | Arithmetic::Subtract);
    let ty = match (left.ty, right.ty) {
        (a, b) if a.is_number() && b.is_number() => {
            let integers = a.is_integer() && b.is_integer() && operator != BinaryOperator::DivBy;
            return Some(if integers {
                (computed, left, right, Type::Int64)
            } else {
                let (left, right) = (fold::convert(left, Type::Decimal), fold::convert(right, Type::Decimal));
                (computed, left, right, Type::Decimal)
            });
        }
        (Duration, Duration) if sum => Duration,
        (DateTimeOffset, Duration) if sum => DateTimeOffset,
        (Date, Duration) if sum => Date,
        (DateTimeOffset | Date, DateTimeOffset | Date) if computed == Arithmetic::Subtract => Duration,
        (Duration, b) if b.is_number() && matches!(computed, Arithmetic::Multiply | Arithmetic::Divide) => {
            Duration
        }
        (a, Duration) if a.is_number() && computed == Arithmetic::Multiply => {
            return Some((computed, right, left, Duration));
        }
        _ => return None,
    };
    Some((computed, left, right, ty))
}
