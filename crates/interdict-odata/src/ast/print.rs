//! Canonical text: keywords in lower case, single spaces, no parentheses that the grammar does not need.
//! Parsing it gives the same tree.

use std::fmt;

use super::{Expr, ExprKind, Literal, Precedence, Segment, SegmentKind};

impl Expr {
    fn precedence(&self) -> Precedence {
        match &self.kind {
            ExprKind::Literal(_) | ExprKind::Path(_) => Precedence::Operand,
            ExprKind::And(_) => Precedence::And,
            ExprKind::Or(_) => Precedence::Or,
            ExprKind::Not(_) | ExprKind::Negate(_) => Precedence::Unary,
            ExprKind::Binary(operator, ..) => operator.precedence(),
            ExprKind::InList(..) => Precedence::Primary,
        }
    }

    /// Prints, in parentheses where it binds looser than `least`.
    fn print(&self, f: &mut fmt::Formatter<'_>, least: Precedence) -> fmt::Result {
        if self.precedence() < least { write!(f, "({self})") } else { write!(f, "{self}") }
    }
}

impl fmt::Display for Expr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.kind {
            ExprKind::Literal(literal) => literal.fmt(f),
            ExprKind::Path(segments) => separated(f, segments, "/", |segment, f| segment.fmt(f)),
            // The parts must bind tighter than the chain, or they would melt into it.
            ExprKind::Or(parts) => separated(f, parts, " or ", |part, f| part.print(f, Precedence::And)),
            ExprKind::And(parts) => {
                separated(f, parts, " and ", |part, f| part.print(f, Precedence::Equality))
            }
            ExprKind::Not(operand) => {
                f.write_str("not ")?;
                operand.print(f, Precedence::Unary)
            }
            ExprKind::Negate(operand) => {
                // The space keeps the sign apart from a number's own.
                f.write_str("- ")?;
                operand.print(f, Precedence::Unary)
            }
            ExprKind::Binary(operator, left, right) => {
                let precedence = operator.precedence();
                left.print(f, precedence)?;
                write!(f, " {} ", operator.keyword())?;
                // Chains lean to the left, so an equal on the right needs parentheses.
                if right.precedence() <= precedence { write!(f, "({right})") } else { right.fmt(f) }
            }
            ExprKind::InList(left, list) => {
                left.print(f, Precedence::Primary)?;
                f.write_str(" in (")?;
                separated(f, list, ",", |item, f| item.fmt(f))?;
                f.write_str(")")
            }
        }
    }
}

impl fmt::Display for Segment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.kind {
            SegmentKind::Name(name) | SegmentKind::System(name) | SegmentKind::At(name) => f.write_str(name),
            SegmentKind::Count(None) => f.write_str("$count"),
            SegmentKind::Count(Some(filter)) => write!(f, "$count($filter={filter})"),
            SegmentKind::Call(name, arguments) => {
                write!(f, "{name}(")?;
                separated(f, arguments, ",", |(name, value), f| match name {
                    Some(name) => write!(f, "{name}={value}"),
                    None => value.fmt(f),
                })?;
                f.write_str(")")
            }
            SegmentKind::Lambda { all, body } => {
                f.write_str(if *all { "all(" } else { "any(" })?;
                if let Some((variable, predicate)) = body {
                    write!(f, "{variable}:{predicate}")?;
                }
                f.write_str(")")
            }
        }
    }
}

impl fmt::Display for Literal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let quote = |text: &str| format!("'{}'", text.replace('\'', "''"));
        match self {
            Self::Null => f.write_str("null"),
            Self::Boolean(value) => write!(f, "{value}"),
            Self::String(text) => f.write_str(&quote(text)),
            Self::Number(text)
            | Self::Guid(text)
            | Self::Date(text)
            | Self::TimeOfDay(text)
            | Self::DateTimeOffset(text) => f.write_str(text),
            Self::Duration(text) => write!(f, "duration{}", quote(text)),
            Self::Binary(text) => write!(f, "binary{}", quote(text)),
            Self::Geo(prefix, text) | Self::Enum(prefix, text) => write!(f, "{prefix}{}", quote(text)),
        }
    }
}

fn separated<T>(
    f: &mut fmt::Formatter<'_>,
    items: &[T],
    separator: &str,
    print: impl Fn(&T, &mut fmt::Formatter<'_>) -> fmt::Result,
) -> fmt::Result {
    for (index, item) in items.iter().enumerate() {
        if index > 0 {
            f.write_str(separator)?;
        }
        print(item, f)?;
    }
    Ok(())
}
