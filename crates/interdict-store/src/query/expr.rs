//! Expressions. Both engines are asked in the same words: what they would compute differently are functions `odata_…`, which
//! PostgreSQL has by migration and SQLite from `engine/sqlite/functions.rs`.

use std::borrow::Cow;

use interdict_model::ActionId;
use interdict_odata::number::Decimal;
use interdict_odata::query::{Arithmetic, Comparison, Expr, ExprKind, Function, Scalar, Type};

use super::Statement;
use super::place::{column_of, is_id};
use crate::{StoreError, Value};

/// Parts that are joined without parentheses: SQLite nests each further one deeper.
const JOINED: usize = 16;

impl<'a> Statement<'a> {
    pub(super) fn expr(&mut self, expr: &'a Expr) -> Result<(), StoreError> {
        match &expr.kind {
            ExprKind::Literal(value) => self.literal(value, expr.ty),
            ExprKind::Value(place) => self.place(place, expr.ty),
            ExprKind::And(parts) => self.joined(parts, " AND "),
            ExprKind::Or(parts) => self.joined(parts, " OR "),
            ExprKind::Not(operand) => self.around("(NOT ", operand, ")"),
            ExprKind::Compare(comparison, left, right) => self.compare(*comparison, left, right),
            ExprKind::Same(left, right) => self.two("(", left, " IS NOT DISTINCT FROM ", right),
            // A complex value that can be null is asked for by a member; see the binder.
            ExprKind::IsNull(operand) if matches!(operand.ty, Type::Complex(_)) => {
                self.push("FALSE");
                Ok(())
            }
            ExprKind::IsNull(operand) => self.around("(", operand, " IS NULL)"),
            ExprKind::IsTrue(operand) => self.around("(", operand, " IS TRUE)"),
            ExprKind::Arithmetic(operator, left, right) => self.arithmetic(*operator, left, right, expr.ty),
            ExprKind::Negate(operand) => self.around("odata_neg(", operand, ")"),
            ExprKind::Convert(operand) => self.convert(operand, expr.ty),
            ExprKind::Call(function, arguments) => self.call(*function, arguments),
            // Rows are looked at again where there is one; see `Recheck`.
            ExprKind::Matches(..) => Err(StoreError::Refused("a pattern reached the store".to_owned())),
            ExprKind::InList(operand, values) => self.in_list(operand, values),
            ExprKind::Any(collection, predicate) => {
                self.push("EXISTS (SELECT 1 FROM ");
                self.elements(collection)?;
                self.around(" WHERE ", predicate, ")")
            }
            ExprKind::All(collection, predicate) => {
                self.push("NOT EXISTS (SELECT 1 FROM ");
                self.elements(collection)?;
                self.around(" WHERE (", predicate, ") IS NOT TRUE)")
            }
            ExprKind::Count(collection, predicate) => {
                self.push("(SELECT count(*) FROM ");
                self.elements(collection)?;
                self.around(" WHERE ", predicate, ")")
            }
        }
    }

    /// A value that rows are ordered by: booleans as numbers, since SQLite has no others, and the key as it is.
    pub(super) fn ordered(&mut self, expr: &'a Expr) -> Result<(), StoreError> {
        if is_id(expr) {
            self.id();
            return Ok(());
        }
        if expr.ty == Type::Boolean {
            return self.around("CASE ", expr, " WHEN TRUE THEN CAST(1 AS bigint) WHEN FALSE THEN 0 END");
        }
        self.expr(expr)?;
        self.collate(expr);
        Ok(())
    }

    fn around(&mut self, before: &str, expr: &'a Expr, after: &str) -> Result<(), StoreError> {
        self.push(before);
        self.expr(expr)?;
        self.push(after);
        Ok(())
    }

    /// Two operands with an operator or a comma between them, and a closing parenthesis.
    fn two(
        &mut self,
        before: &str,
        left: &'a Expr,
        between: &str,
        right: &'a Expr,
    ) -> Result<(), StoreError> {
        self.push(before);
        self.expr(left)?;
        self.collate(left);
        self.push(between);
        self.expr(right)?;
        self.push(")");
        Ok(())
    }

    /// A chain, as a balanced tree where it is long.
    fn joined(&mut self, parts: &'a [Expr], between: &str) -> Result<(), StoreError> {
        self.push("(");
        if parts.len() > JOINED {
            let (left, right) = parts.split_at(parts.len() / 2);
            self.joined(left, between)?;
            self.push(between);
            self.joined(right, between)?;
        } else {
            for (index, part) in parts.iter().enumerate() {
                if index > 0 {
                    self.push(between);
                }
                self.expr(part)?;
            }
        }
        self.push(")");
        Ok(())
    }

    pub(super) fn literal(&mut self, value: &'a Scalar<'static>, ty: Type) -> Result<(), StoreError> {
        let kind = match ty {
            Type::Boolean => "boolean",
            Type::String => "text",
            _ => "bigint",
        };
        match value {
            Scalar::Null => self.push(&format!("CAST(NULL AS {kind})")),
            Scalar::Boolean(true) => self.push("TRUE"),
            Scalar::Boolean(false) => self.push("FALSE"),
            // A parameter alone has no type in PostgreSQL.
            _ => {
                self.push("CAST(");
                self.parameter(parameter(value)?);
                self.push(&format!(" AS {kind})"));
            }
        }
        Ok(())
    }

    fn compare(&mut self, comparison: Comparison, left: &'a Expr, right: &'a Expr) -> Result<(), StoreError> {
        let equality = matches!(comparison, Comparison::Equal | Comparison::NotEqual);
        let operator = match comparison {
            Comparison::Equal => " = ",
            Comparison::NotEqual => " <> ",
            Comparison::Less => " < ",
            Comparison::LessOrEqual => " <= ",
            Comparison::Greater => " > ",
            Comparison::GreaterOrEqual => " >= ",
        };
        // A column and a constant stand alone, so that an index can answer them.
        let (Some(column), Some(value)) = (column_of(left), right.literal()) else {
            return self.two("(", left, operator, right);
        };
        match value {
            Scalar::Text(text) if column == "id" => match ActionId::parse(text) {
                // They have the order of their texts.
                Some(id) if id.to_string() == **text => {
                    self.push("action.id");
                    self.push(operator);
                    self.parameter(id.0.into());
                    Ok(())
                }
                // Every id is a GUID, so no other text is any action's.
                _ if equality => {
                    self.push(if comparison == Comparison::Equal { "FALSE" } else { "TRUE" });
                    Ok(())
                }
                _ => self.two("(", left, operator, right),
            },
            Scalar::Null | Scalar::Boolean(_) => self.two("(", left, operator, right),
            _ => {
                self.push("action.");
                self.push(column);
                self.push(operator);
                self.parameter(parameter(value)?);
                Ok(())
            }
        }
    }

    fn in_list(&mut self, operand: &'a Expr, values: &'a [Scalar<'static>]) -> Result<(), StoreError> {
        if is_id(operand) {
            // Every id is a GUID, so no other text is any action's.
            let ids = values.iter().filter_map(|value| match value {
                Scalar::Text(text) => ActionId::parse(text),
                _ => None,
            });
            let key = |it: &mut Self| {
                it.id();
                Ok(())
            };
            return self.one_of(key, ids.map(|id| Ok(id.0.into())), None);
        }
        let bare = column_of(operand).is_some();
        let kind = if operand.ty == Type::String { "text" } else { "bigint" };
        let compared = |it: &mut Self| {
            it.expr(operand)?;
            it.collate(operand);
            Ok(())
        };
        self.one_of(compared, values.iter().map(parameter), (!bare).then_some(kind))
    }

    /// Whether what is written first is one of these, cast to a type where that does not follow from it.
    fn one_of(
        &mut self,
        compared: impl FnOnce(&mut Self) -> Result<(), StoreError>,
        values: impl Iterator<Item = Result<Value<'a>, StoreError>>,
        kind: Option<&str>,
    ) -> Result<(), StoreError> {
        let values = values.collect::<Result<Vec<_>, _>>()?;
        if values.is_empty() {
            self.push("FALSE");
            return Ok(());
        }
        self.push("(");
        compared(self)?;
        self.push(" IN (");
        for (index, value) in values.into_iter().enumerate() {
            self.push(if index > 0 { ", " } else { "" });
            self.push(if kind.is_some() { "CAST(" } else { "" });
            self.parameter(value);
            if let Some(kind) = kind {
                self.push(&format!(" AS {kind})"));
            }
        }
        self.push("))");
        Ok(())
    }

    fn arithmetic(
        &mut self,
        operator: Arithmetic,
        left: &'a Expr,
        right: &'a Expr,
        ty: Type,
    ) -> Result<(), StoreError> {
        // Of numbers with a fraction, and of durations by such a number, the units have to be divided out.
        let by_units = right.ty == Type::Decimal;
        let function = match operator {
            Arithmetic::Add => "odata_add(",
            Arithmetic::Subtract => "odata_sub(",
            Arithmetic::Multiply if by_units => "odata_mul_units(",
            Arithmetic::Multiply => "odata_mul(",
            Arithmetic::Divide if by_units => "odata_div_units(",
            Arithmetic::Divide => "odata_div(",
            Arithmetic::Modulo => "odata_mod(",
        };
        let within = match ty {
            Type::DateTimeOffset => "odata_instant(",
            Type::Date => "odata_midnight(",
            _ => "",
        };
        self.push(within);
        self.two(function, left, ", ", right)?;
        self.push(if within.is_empty() { "" } else { ")" });
        Ok(())
    }

    fn convert(&mut self, operand: &'a Expr, to: Type) -> Result<(), StoreError> {
        let units = Decimal::UNITS;
        match (operand.ty, to) {
            (Type::Int32 | Type::Int64, Type::Decimal) => {
                self.around("odata_mul(", operand, &format!(", {units})"))
            }
            (Type::Decimal, Type::Int64) => self.around("(", operand, &format!(" / {units})")),
            (Type::Decimal, Type::Int32) => self.around("odata_int32(", operand, &format!(" / {units})")),
            (Type::Int64, Type::Int32) => self.around("odata_int32(", operand, ")"),
            (Type::Enum(of), Type::String) => {
                self.around("CASE ", operand, "")?;
                for (name, number) in of.members {
                    self.push(&format!(" WHEN {number} THEN '{name}'"));
                }
                self.push(" END");
                Ok(())
            }
            (Type::Boolean, Type::String) => {
                self.around("CASE ", operand, " WHEN TRUE THEN 'true' WHEN FALSE THEN 'false' END")
            }
            (Type::Int32 | Type::Int64, Type::String) => self.around("CAST(", operand, " AS text)"),
            _ => self.expr(operand),
        }
    }

    fn call(&mut self, function: Function, arguments: &'a [Expr]) -> Result<(), StoreError> {
        match (function, arguments) {
            (Function::Now, _) => {
                self.push("CAST(");
                self.parameter(self.now.into());
                self.push(" AS bigint)");
                Ok(())
            }
            (Function::Concat, [left, right]) => self.two("(", left, " || ", right),
            // Instants are kept in UTC, ticks are what a decimal counts.
            (Function::TotalOffsetMinutes, [operand]) => self.around("(", operand, " * 0)"),
            (Function::TotalSeconds, [operand]) => self.expr(operand),
            _ => {
                self.push("odata_");
                self.push(function.name());
                for (index, argument) in arguments.iter().enumerate() {
                    self.push(if index == 0 { "(" } else { ", " });
                    self.expr(argument)?;
                }
                self.push(")");
                Ok(())
            }
        }
    }
}

/// A constant as a parameter.
pub(super) fn parameter<'a>(value: &'a Scalar<'static>) -> Result<Value<'a>, StoreError> {
    Ok(match value {
        Scalar::Text(text) => Value::Text(Some(Cow::Borrowed(text))),
        Scalar::Integer(number) | Scalar::Ticks(number) => Value::from(*number),
        Scalar::Decimal(number) => number.units().into(),
        Scalar::Boolean(value) => i64::from(*value).into(),
        // Constants of these types are only ever compared with each other, which the binder has done.
        Scalar::Null | Scalar::Guid(_) | Scalar::Binary(_) => {
            return Err(StoreError::Refused("the store has no values of that type".to_owned()));
        }
    })
}

/// What no engine can be asked.
pub(super) struct Unsupported {
    pub(super) at: usize,
    pub(super) message: &'static str,
}

/// The first part of an expression that no engine can be asked.
pub(super) fn fault(expr: &Expr) -> Option<Unsupported> {
    let fault = |message| Some(Unsupported { at: expr.at, message });
    let has_nul = |value: &Scalar<'_>| matches!(value, Scalar::Text(text) if text.contains('\0'));
    let constants = match &expr.kind {
        ExprKind::Literal(value) => std::slice::from_ref(value),
        ExprKind::InList(_, values) => values.as_slice(),
        _ => &[],
    };
    // No text that is kept has this character, and PostgreSQL takes none that has.
    if constants.iter().any(has_nul) {
        return fault("texts with the character U+0000 are not supported; no property has it");
    }
    if constants.iter().any(|value| matches!(value, Scalar::Guid(_) | Scalar::Binary(_))) {
        return fault("no property has values of this type");
    }
    expr.operands().into_iter().find_map(self::fault)
}
