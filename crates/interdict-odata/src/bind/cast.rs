//! `cast` and `isof`, to primitive types.

use super::binder::{Binder, Operand};
use super::call::Arguments;
use super::{fold, literal};
use crate::ast::{self, SegmentKind};
use crate::error::{Fault, quoted};
use crate::query::{Expr, ExprKind, Function, Scalar, Type};

/// The types that can be named. `Edm.Double` and `Edm.Single` are decimals here.
const TYPES: [(&str, Type); 13] = [
    ("Edm.Boolean", Type::Boolean),
    ("Edm.String", Type::String),
    ("Edm.Int32", Type::Int32),
    ("Edm.Int64", Type::Int64),
    ("Edm.Decimal", Type::Decimal),
    ("Edm.Double", Type::Decimal),
    ("Edm.Single", Type::Decimal),
    ("Edm.Guid", Type::Guid),
    ("Edm.Date", Type::Date),
    ("Edm.TimeOfDay", Type::TimeOfDay),
    ("Edm.DateTimeOffset", Type::DateTimeOffset),
    ("Edm.Duration", Type::Duration),
    ("Edm.Binary", Type::Binary),
];

impl<'a> Binder<'a> {
    /// `cast(value,type)`. A text that is written out is read as a literal of the type, and is null where it is none.
    pub(super) fn cast(&mut self, arguments: Arguments<'a>, at: usize) -> Option<Expr> {
        let (value, ty, type_at) = self.value_and_type("cast", arguments, at)?;
        let value = match value {
            Operand::Literal(ast::Literal::Null, at) => return Some(fold::literal(Scalar::Null, ty, at)),
            Operand::Literal(ast::Literal::String(text), at) if ty != Type::String => {
                let read = literal::lone(text).and_then(|inner| literal::natural(&inner, at).ok());
                let read = read.filter(|read| read.ty == ty || read.ty.is_number() && ty.is_number());
                match (read, text.as_str()) {
                    (Some(read), _) => read,
                    (None, "true" | "false") if ty == Type::Boolean => fold::boolean(text == "true", at),
                    (None, _) => return Some(fold::literal(Scalar::Null, ty, at)),
                }
            }
            Operand::Literal(literal, at) => self.or_fail(literal::natural(literal, at))?,
            Operand::Expr(value) => value,
        };
        let nullable = value.nullable;
        match (value.ty, ty) {
            (from, to) if from == to => Some(value),
            (Type::Int32 | Type::Int64 | Type::Decimal, Type::Int32 | Type::Int64 | Type::Decimal)
            | (Type::Boolean | Type::Int32 | Type::Int64 | Type::Guid | Type::Enum(_), Type::String) => {
                Some(fold::convert(value, ty))
            }
            (Type::DateTimeOffset, Type::Date | Type::TimeOfDay) => {
                let function = if ty == Type::Date { Function::Date } else { Function::Time };
                Some(fold::node(ExprKind::Call(function, vec![value]), ty, nullable, at))
            }
            // The ticks of a date are those of its midnight.
            (Type::Date, Type::DateTimeOffset) => Some(Expr { ty, ..value }),
            (from, to) => {
                let message = format!("a cast from {} to {} is not supported", from.name(), to.name());
                self.fail(Fault::unsupported(type_at, message))
            }
        }
    }

    /// `isof(value,type)`: whether the value is not null, and of exactly that type.
    pub(super) fn is_of(&mut self, arguments: Arguments<'a>, at: usize) -> Option<Expr> {
        let (value, ty, _) = self.value_and_type("isof", arguments, at)?;
        let value = match value {
            Operand::Literal(literal, at) => self.or_fail(literal::natural(literal, at))?,
            Operand::Expr(value) => value,
        };
        Some(if value.ty == ty { fold::not(fold::is_null(value, at), at) } else { fold::boolean(false, at) })
    }

    fn value_and_type(
        &mut self,
        name: &str,
        arguments: Arguments<'a>,
        at: usize,
    ) -> Option<(Operand<'a>, Type, usize)> {
        if arguments.len() == 1 {
            let message =
                format!("`{name}` with a type alone is not supported; write `{name}(property,type)`");
            return self.fail(Fault::unsupported(at, message));
        }
        self.counted(name, arguments, 2..=2, at)?;
        let [(_, value), (_, named)] = arguments else { return None };
        let value = self.operand(value);
        let type_at = self.at(named);
        let written = match &named.kind {
            ast::ExprKind::Path(segments) => match segments.as_slice() {
                [ast::Segment { kind: SegmentKind::Name(name), .. }] => name.as_str(),
                _ => "",
            },
            _ => "",
        };
        let Some((_, ty)) = TYPES.into_iter().find(|(name, _)| name.eq_ignore_ascii_case(written)) else {
            let shown = if written.is_empty() { "this".to_owned() } else { quoted(written) };
            let message = format!("{shown} is no type that `{name}` takes, such as `Edm.String`");
            return self.fail(Fault::unsupported(type_at, message));
        };
        Some((value?, ty, type_at))
    }
}
