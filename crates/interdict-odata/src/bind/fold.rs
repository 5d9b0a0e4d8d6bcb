//! Nodes, made as simple as they can be: constants computed, chains flat, tests of null left out where there is none.

use crate::eval;
use crate::query::{Expr, ExprKind, Function, Scalar, Type};

pub(super) const fn literal(value: Scalar<'static>, ty: Type, at: usize) -> Expr {
    let nullable = value.is_null();
    Expr { kind: ExprKind::Literal(value), ty, nullable, at }
}

pub(super) const fn boolean(value: bool, at: usize) -> Expr {
    literal(Scalar::Boolean(value), Type::Boolean, at)
}

/// A node; its value, where all its operands are constants.
pub(super) fn node(kind: ExprKind, ty: Type, nullable: bool, at: usize) -> Expr {
    let constant = match &kind {
        ExprKind::Compare(_, left, right) | ExprKind::Arithmetic(_, left, right) => {
            is_constant(left) && is_constant(right) || is_null_literal(left) || is_null_literal(right)
        }
        ExprKind::Same(left, right) => is_constant(left) && is_constant(right),
        ExprKind::Not(operand)
        | ExprKind::IsNull(operand)
        | ExprKind::IsTrue(operand)
        | ExprKind::Negate(operand)
        | ExprKind::Convert(operand)
        | ExprKind::Matches(operand, _)
        | ExprKind::InList(operand, _) => is_constant(operand),
        ExprKind::Call(function, arguments) => {
            *function != Function::Now && arguments.iter().all(is_constant)
                || arguments.iter().any(is_null_literal)
        }
        _ => false,
    };
    let expr = Expr { kind, ty, nullable, at };
    if constant { literal(eval::constant(&expr), ty, at) } else { expr }
}

const fn is_constant(expr: &Expr) -> bool {
    expr.literal().is_some()
}

fn is_null_literal(expr: &Expr) -> bool {
    expr.literal().is_some_and(Scalar::is_null)
}

pub(super) fn not(operand: Expr, at: usize) -> Expr {
    let nullable = operand.nullable;
    node(ExprKind::Not(Box::new(operand)), Type::Boolean, nullable, at)
}

pub(super) fn is_null(operand: Expr, at: usize) -> Expr {
    if operand.nullable {
        node(ExprKind::IsNull(Box::new(operand)), Type::Boolean, false, at)
    } else {
        boolean(false, at)
    }
}

pub(super) fn is_true(operand: Expr) -> Expr {
    if operand.nullable {
        let at = operand.at;
        node(ExprKind::IsTrue(Box::new(operand)), Type::Boolean, false, at)
    } else {
        operand
    }
}

/// As a value of another type.
pub(super) fn convert(operand: Expr, ty: Type) -> Expr {
    if operand.ty == ty {
        return operand;
    }
    let at = operand.at;
    // A whole number of 32 bits is within all wider types, and so is a text of any value.
    let fits = ty == Type::String && !matches!(operand.ty, Type::Enum(_))
        || operand.ty == Type::Int32 && matches!(ty, Type::Int64 | Type::Decimal);
    let nullable = operand.nullable || !fits;
    node(ExprKind::Convert(Box::new(operand)), ty, nullable, at)
}

pub(super) fn all_of(parts: Vec<Expr>, at: usize) -> Expr {
    chain(parts, at, false)
}

pub(super) fn any_of(parts: Vec<Expr>, at: usize) -> Expr {
    chain(parts, at, true)
}

/// `or` where `decisive` is true, else `and`.
fn chain(parts: Vec<Expr>, at: usize, decisive: bool) -> Expr {
    let mut flat = Vec::with_capacity(parts.len());
    for part in parts {
        match part.kind {
            ExprKind::And(inner) if !decisive => flat.extend(inner),
            ExprKind::Or(inner) if decisive => flat.extend(inner),
            ExprKind::Literal(Scalar::Boolean(value)) if value == decisive => return boolean(decisive, at),
            ExprKind::Literal(Scalar::Boolean(_)) => {}
            _ => flat.push(part),
        }
    }
    let nullable = flat.iter().any(|part| part.nullable);
    match (flat.len(), flat.pop()) {
        (_, None) => boolean(!decisive, at),
        (1, Some(only)) => only,
        (_, Some(last)) => {
            flat.push(last);
            let kind = if decisive { ExprKind::Or(flat) } else { ExprKind::And(flat) };
            Expr { kind, ty: Type::Boolean, nullable, at }
        }
    }
}

/// The same for somebody who asks only whether it is true: null and false are one.
pub(super) fn truth(expr: Expr) -> Expr {
    let at = expr.at;
    match expr.kind {
        ExprKind::Literal(Scalar::Null) => boolean(false, at),
        ExprKind::IsTrue(operand) => truth(*operand),
        ExprKind::And(parts) => all_of(parts.into_iter().map(truth).collect(), at),
        ExprKind::Or(parts) => any_of(parts.into_iter().map(truth).collect(), at),
        _ => expr,
    }
}
