//! Functions: which arguments they take, and what they give.

use super::binder::{Binder, Operand};
use super::{fold, literal};
use crate::ast;
use crate::error::{Fault, quoted};
use crate::instant;
use crate::limits;
use crate::query::{Expr, ExprKind, Function, Pattern, PatternError, Scalar, Type};
use crate::suggest;

/// Arguments as they were written; the name where one is named.
pub(super) type Arguments<'a> = &'a [(Option<String>, ast::Expr)];

/// What a parameter takes.
#[derive(Clone, Copy)]
enum Takes {
    Text,
    Integer,
    Decimal,
    Types(&'static [Type]),
}

const DAY: Takes = Takes::Types(&[Type::Date, Type::DateTimeOffset]);
const CLOCK: Takes = Takes::Types(&[Type::TimeOfDay, Type::DateTimeOffset]);
const INSTANT: Takes = Takes::Types(&[Type::DateTimeOffset]);

/// The parameters, how many of them may be left out, and the type of the result.
const fn signature(function: Function) -> (&'static [Takes], usize, Type) {
    use Takes::{Decimal, Integer, Text};
    match function {
        Function::Contains | Function::StartsWith | Function::EndsWith => (&[Text, Text], 0, Type::Boolean),
        Function::IndexOf => (&[Text, Text], 0, Type::Int32),
        Function::Length => (&[Text], 0, Type::Int32),
        Function::Substring => (&[Text, Integer, Integer], 1, Type::String),
        Function::Concat => (&[Text, Text], 0, Type::String),
        Function::ToLower | Function::ToUpper | Function::Trim => (&[Text], 0, Type::String),
        Function::Year | Function::Month | Function::Day => (&[DAY], 0, Type::Int32),
        Function::Hour | Function::Minute | Function::Second => (&[CLOCK], 0, Type::Int32),
        Function::FractionalSeconds => (&[CLOCK], 0, Type::Decimal),
        Function::Date => (&[INSTANT], 0, Type::Date),
        Function::Time => (&[INSTANT], 0, Type::TimeOfDay),
        Function::Now => (&[], 0, Type::DateTimeOffset),
        Function::TotalOffsetMinutes => (&[INSTANT], 0, Type::Int32),
        Function::TotalSeconds => (&[Takes::Types(&[Type::Duration])], 0, Type::Decimal),
        Function::Round | Function::Floor | Function::Ceiling => (&[Decimal], 0, Type::Decimal),
    }
}

/// The functions of instants whose result is the same at any offset.
const SAME_ANYWHERE: [&str; 2] = ["second", "fractionalseconds"];

/// The functions that become something else than a call.
const OTHERS: [&str; 5] = ["matchespattern", "mindatetime", "maxdatetime", "cast", "isof"];

impl<'a> Binder<'a> {
    pub(super) fn call(&mut self, name: &str, arguments: Arguments<'a>, at: usize) -> Option<Expr> {
        let lower = name.to_ascii_lowercase();
        if let Some((function, _)) = Function::ALL.into_iter().find(|(_, known)| *known == lower) {
            return self.function(function, arguments, at);
        }
        match lower.as_str() {
            "matchespattern" => self.matches_pattern(arguments, at),
            "mindatetime" => self.constant(name, arguments, instant::RANGE.start, at),
            "maxdatetime" => self.constant(name, arguments, instant::RANGE.end - 1, at),
            "cast" => self.cast(arguments, at),
            "isof" => self.is_of(arguments, at),
            _ => {
                let known = Function::ALL.iter().map(|(_, name)| *name).chain(OTHERS);
                let hint = if lower == "substringof" {
                    "; write `contains(name,'text')`".to_owned()
                } else {
                    suggest::hint(name, known)
                };
                let message = format!("the function {} is not supported{hint}", quoted(name));
                self.fail(Fault::unsupported(at, message))
            }
        }
    }

    fn function(&mut self, function: Function, arguments: Arguments<'a>, at: usize) -> Option<Expr> {
        let (takes, optional, ty) = signature(function);
        self.counted(function.name(), arguments, takes.len() - optional..=takes.len(), at)?;
        let bound: Vec<Option<Expr>> = arguments
            .iter()
            .zip(takes)
            .map(|((_, argument), takes)| self.argument(function.name(), argument, *takes))
            .collect();
        let arguments = bound.into_iter().collect::<Option<Vec<_>>>()?;
        if function == Function::Substring
            && let Some(length) = arguments.get(2)
            && matches!(length.literal(), Some(Scalar::Integer(..0)))
        {
            return self.fail(Fault::mismatch(length.at, "a length is not negative"));
        }
        let overflows = matches!(function, Function::Round | Function::Floor | Function::Ceiling);
        let nullable = overflows || arguments.iter().any(|argument| argument.nullable);
        Some(fold::node(ExprKind::Call(function, arguments), ty, nullable, at))
    }

    /// Whether that many arguments are allowed, and none is named.
    pub(super) fn counted(
        &mut self,
        name: &str,
        arguments: Arguments<'a>,
        allowed: std::ops::RangeInclusive<usize>,
        at: usize,
    ) -> Option<()> {
        if let Some((Some(named), value)) = arguments.iter().find(|(named, _)| named.is_some()) {
            let message = format!("{}: functions with named arguments are not supported", quoted(named));
            return self.fail(Fault::unsupported(self.at(value), message));
        }
        if allowed.contains(&arguments.len()) {
            return Some(());
        }
        let (least, most) = (allowed.start(), allowed.end());
        let wanted = if least == most { least.to_string() } else { format!("{least} or {most}") };
        let message = format!("`{name}` takes {wanted} arguments, not {}", arguments.len());
        self.fail(Fault::mismatch(at, message))
    }

    fn argument(&mut self, name: &str, argument: &'a ast::Expr, takes: Takes) -> Option<Expr> {
        let value = match self.operand(argument)? {
            Operand::Expr(value) => value,
            // Null of any type makes the result null.
            Operand::Literal(ast::Literal::Null, at) => {
                return Some(fold::literal(Scalar::Null, Type::String, at));
            }
            Operand::Literal(ast::Literal::Guid(text), at) if matches!(takes, Takes::Text) => {
                fold::literal(Scalar::Text(text.clone().into()), Type::String, at)
            }
            // Instants are kept without their offset, and such a service must not tell their parts (OData 4.01 part 2,
            // 5.1.1.8).
            Operand::Literal(ast::Literal::DateTimeOffset(text), at)
                if !instant::is_utc(text) && !SAME_ANYWHERE.contains(&name) =>
            {
                let message = format!("`{name}` takes instants in UTC: write this one with `Z`");
                return self.fail(Fault::unsupported(at, message));
            }
            Operand::Literal(literal, at) => self.or_fail(literal::natural(literal, at))?,
        };
        let wanted = match takes {
            Takes::Text if value.ty == Type::String => return Some(value),
            Takes::Integer if value.ty.is_integer() => return Some(value),
            Takes::Decimal if value.ty.is_number() => return Some(fold::convert(value, Type::Decimal)),
            Takes::Types(types) if types.contains(&value.ty) => return Some(value),
            // A date stands for its midnight.
            Takes::Types([Type::DateTimeOffset]) if value.ty == Type::Date => return Some(value),
            Takes::Text => "a text".to_owned(),
            Takes::Integer => "a whole number".to_owned(),
            Takes::Decimal => "a number".to_owned(),
            Takes::Types(types) => types.iter().map(|ty| ty.name()).collect::<Vec<_>>().join(" or "),
        };
        let message = format!("`{name}` takes {wanted} here, not {}", value.ty.name());
        self.fail(Fault::mismatch(value.at, message))
    }

    fn constant(&mut self, name: &str, arguments: Arguments<'a>, ticks: i64, at: usize) -> Option<Expr> {
        self.counted(name, arguments, 0..=0, at)?;
        Some(fold::literal(Scalar::Ticks(ticks), Type::DateTimeOffset, at))
    }

    fn matches_pattern(&mut self, arguments: Arguments<'a>, at: usize) -> Option<Expr> {
        self.counted("matchesPattern", arguments, 2..=2, at)?;
        let [(_, text), (_, pattern)] = arguments else { return None };
        let text = self.argument("matchesPattern", text, Takes::Text);
        let pattern = match self.operand(pattern)? {
            Operand::Literal(ast::Literal::String(pattern), at) => (pattern, at),
            Operand::Literal(ast::Literal::Null, _) => {
                return Some(fold::literal(Scalar::Null, Type::Boolean, at));
            }
            other => {
                let message = "the pattern must be a text in single quotes";
                return self.fail(Fault::unsupported(other.at(), message));
            }
        };
        let (pattern, pattern_at) = pattern;
        self.patterns += 1;
        if self.patterns > limits::PATTERNS {
            let message = format!("there are more than {} patterns", limits::PATTERNS);
            return self.fail(Fault::limit(pattern_at, message));
        }
        let compiled = Pattern::compile(pattern).map_err(|error| match error {
            PatternError::TooLarge => {
                let message = format!(
                    "this pattern is too large: it may have {} characters, and its repetitions take memory",
                    limits::PATTERN_CHARS
                );
                Fault::limit(pattern_at, message)
            }
            PatternError::Syntax(why) => {
                Fault::mismatch(pattern_at, format!("this is no regular expression: {why}"))
            }
        });
        let compiled = self.or_fail(compiled)?;
        let text = text?;
        if text.literal() == Some(&Scalar::Null) {
            return Some(fold::literal(Scalar::Null, Type::Boolean, at));
        }
        let nullable = text.nullable;
        Some(fold::node(ExprKind::Matches(Box::new(text), compiled), Type::Boolean, nullable, at))
    }
}
