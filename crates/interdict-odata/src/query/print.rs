//! Bound expressions as text, for people who ask what a query was understood as, and for digests: two expressions
//! with one text mean the same.

use std::fmt;

use super::{Arithmetic, Collection, Comparison, Expr, ExprKind, Place, Root, Scalar};

impl fmt::Display for Expr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.kind {
            ExprKind::Literal(value) => value.fmt(f),
            ExprKind::Value(place) => place.fmt(f),
            ExprKind::And(parts) => node(f, "and", parts),
            ExprKind::Or(parts) => node(f, "or", parts),
            ExprKind::Not(operand) => write!(f, "(not {operand})"),
            ExprKind::Compare(comparison, left, right) => write!(f, "({} {left} {right})", comparison.name()),
            ExprKind::Same(left, right) => write!(f, "(same {left} {right})"),
            ExprKind::IsNull(operand) => write!(f, "(null? {operand})"),
            ExprKind::IsTrue(operand) => write!(f, "(true? {operand})"),
            ExprKind::Arithmetic(operator, left, right) => {
                write!(f, "({} {left} {right})", operator.name())
            }
            ExprKind::Negate(operand) => write!(f, "(- {operand})"),
            ExprKind::Convert(operand) => write!(f, "({} {operand})", self.ty.name()),
            ExprKind::Call(function, arguments) => node(f, function.name(), arguments),
            ExprKind::Matches(operand, pattern) => write!(f, "(matches {operand} {:?})", pattern.text()),
            ExprKind::InList(operand, values) => {
                write!(f, "(in {operand}")?;
                values.iter().try_for_each(|value| write!(f, " {value}"))?;
                f.write_str(")")
            }
            ExprKind::Any(collection, predicate) => write!(f, "(any {collection} {predicate})"),
            ExprKind::All(collection, predicate) => write!(f, "(all {collection} {predicate})"),
            ExprKind::Count(collection, predicate) => write!(f, "(count {collection} {predicate})"),
        }
    }
}

fn node(f: &mut fmt::Formatter<'_>, name: &str, parts: &[Expr]) -> fmt::Result {
    write!(f, "({name}")?;
    parts.iter().try_for_each(|part| write!(f, " {part}"))?;
    f.write_str(")")
}

/// As `v0 in parameters`.
impl fmt::Display for Collection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "v{} in {}", self.variable, self.place)
    }
}

/// The path alone, or behind its variable. No property begins with a point.
impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.root {
            Root::Row => self.path.fmt(f),
            Root::Element(variable) => write!(f, ".v{variable}/{}", self.path),
        }
    }
}

impl fmt::Display for Scalar<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Null => f.write_str("null"),
            Self::Boolean(value) => write!(f, "{value}"),
            Self::Text(text) => write!(f, "{text:?}"),
            Self::Integer(number) => write!(f, "{number}"),
            Self::Decimal(number) => write!(f, "{number}"),
            Self::Ticks(ticks) => write!(f, "{ticks}t"),
            Self::Guid(guid) => write!(f, "{guid:032x}g"),
            Self::Binary(bytes) => {
                f.write_str("0x")?;
                bytes.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
            }
        }
    }
}

impl Comparison {
    /// The operator, as OData writes it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Equal => "eq",
            Self::NotEqual => "ne",
            Self::Less => "lt",
            Self::LessOrEqual => "le",
            Self::Greater => "gt",
            Self::GreaterOrEqual => "ge",
        }
    }
}

impl Arithmetic {
    /// The operator, as OData writes it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Add => "add",
            Self::Subtract => "sub",
            Self::Multiply => "mul",
            Self::Divide => "div",
            Self::Modulo => "mod",
        }
    }
}
