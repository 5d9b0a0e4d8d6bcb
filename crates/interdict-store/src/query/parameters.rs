//! `parameters/any(p:p/value eq 'x')`: actions are looked up by their parameters' values, and what else is asked of them is
//! read in the document.

use interdict_model::action::KeyValuePair;
use interdict_odata::query::{Comparison, Expr, ExprKind, Place, Root, Scalar};

use super::Statement;
use super::place::carried_out;
use crate::StoreError;

impl Statement<'_> {
    /// Adds what a table can answer of a part of the filter, where that is so.
    pub(super) fn parameters(&mut self, part: &Expr) -> Result<(), StoreError> {
        if let Some((column, values)) = carried_out_as(part) {
            self.push(" AND action.id IN (SELECT execution.action FROM execution WHERE execution.tenant = ");
            self.parameter(self.tenant.into());
            // As the column's index says.
            let indexed =
                if column == "phase" { "execution.phase >= 0" } else { "execution.effect_state IS NOT NULL" };
            self.push(&format!(" AND {indexed} AND execution.{column} IN ("));
            for (index, value) in values.into_iter().enumerate() {
                self.push(if index > 0 { ", " } else { "" });
                self.parameter(value.into());
            }
            self.push("))");
            return Ok(());
        }
        let Some(keys) = looked_up(part) else { return Ok(()) };
        self.push(" AND action.id IN (SELECT parameter.action FROM parameter WHERE parameter.tenant = ");
        self.parameter(self.tenant.into());
        self.push(" AND parameter.value IN (");
        for (index, key) in keys.into_iter().enumerate() {
            self.push(if index > 0 { ", " } else { "" });
            self.parameter(key.into());
        }
        self.push("))");
        Ok(())
    }
}

/// The keys of which an action must have one for that part of the filter to hold.
pub(super) fn looked_up(part: &Expr) -> Option<Vec<i64>> {
    let ExprKind::Any(collection, predicate) = &part.kind else { return None };
    let is_parameters =
        collection.place.root == Root::Row && collection.place.path.to_string() == "parameters";
    if is_parameters { keys(predicate, collection.variable) } else { None }
}

/// The phases, or states of effects, of which an action must have one for that part of the filter to hold, and their column.
pub(super) fn carried_out_as(part: &Expr) -> Option<(&'static str, Vec<i64>)> {
    let number = |value: &Scalar<'_>| if let Scalar::Integer(number) = value { Some(*number) } else { None };
    let (operand, values) = match &part.kind {
        ExprKind::Compare(Comparison::Equal, left, right) => (left, vec![number(right.literal()?)?]),
        ExprKind::InList(operand, values) => (operand, values.iter().map(number).collect::<Option<_>>()?),
        _ => return None,
    };
    let column = carried_out(operand.property()?)?;
    (column != "deadline").then_some((column, values))
}

/// Of which keys one must be an element's value for the predicate to hold.
fn keys(predicate: &Expr, variable: u32) -> Option<Vec<i64>> {
    let is_value = |expr: &Expr| match &expr.kind {
        ExprKind::Value(Place { root: Root::Element(of), path }) => {
            *of == variable && path.to_string() == "value"
        }
        _ => false,
    };
    let key = |value: &Scalar<'_>| match value {
        Scalar::Text(text) => Some(KeyValuePair::key_of(text)),
        _ => None,
    };
    match &predicate.kind {
        ExprKind::And(parts) => parts.iter().find_map(|part| keys(part, variable)),
        ExprKind::Compare(Comparison::Equal, left, right) if is_value(left) => {
            Some(vec![key(right.literal()?)?])
        }
        ExprKind::InList(operand, values) if is_value(operand) => values.iter().map(key).collect(),
        _ => None,
    }
}
