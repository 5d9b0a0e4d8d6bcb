//! `status in ('NotStarted','Running')` in the order of creation: an index has the rows of one value in that order, so a
//! page is merged from a range for each value, and none of them is read further than the page goes.

use interdict_model::action::Status;
use interdict_odata::query::{Comparison, Expr, ExprKind, OrderKey, Scalar};

use super::expr::parameter;
use super::order::Keys;
use super::parameters::looked_up;
use super::place::column_of;
use super::selective::is_passing;
use super::{Dialect, Statement};
use crate::StoreError;

/// Ranges at the most.
const RANGES: usize = 8;
/// Parts of the filter that may be written again, as the filter is for each range but the first: SQLite takes some
/// microseconds for each.
const WRITTEN_AGAIN: usize = 1_000;

/// A part of a filter that allows an indexed column few values.
#[derive(Debug)]
pub(super) struct Ranges<'a> {
    pub(super) part: &'a Expr,
    column: &'static str,
    /// The index that has the column and then the creation.
    pub(super) index: &'static str,
    /// Each once.
    pub(super) values: Vec<&'a Scalar<'static>>,
}

impl<'a> Ranges<'a> {
    /// What a page is best read from, where it is: the ranges of the part that selects fewest.
    pub(super) fn of(filter: Option<&'a Expr>, order_by: &[OrderKey]) -> Option<Self> {
        let filter = filter?;
        let parts = filter.parts();
        let by_creation = order_by.first().is_some_and(|key| column_of(&key.expr) == Some("created"));
        if !by_creation || parts.iter().any(has_other_index) {
            return None;
        }
        let fewest = parts.iter().filter_map(Self::of_part).min_by_key(|it| (it.many(), it.values.len()))?;
        let ranges = fewest.values.len();
        (ranges <= RANGES && (ranges - 1) * size(filter) <= WRITTEN_AGAIN).then_some(fewest)
    }

    fn of_part(part: &'a Expr) -> Option<Self> {
        let (column, allowed) = allowed(part)?;
        let index = match column {
            "status" => "action_by_status",
            "name" => "action_by_name",
            "vendor_provider" => "action_by_provider",
            "user_name" => "action_by_user",
            "client_context" => "action_by_context",
            _ => return None,
        };
        let mut values = Vec::new();
        for value in allowed {
            if values.len() <= RANGES && !values.contains(&value) {
                values.push(value);
            }
        }
        Some(Self { part, column, index, values })
    }

    /// How many rows have one of the values, beside other parts. Most actions are completed in the end.
    fn many(&self) -> u8 {
        let completed = Scalar::Integer(Status::Completed.number());
        match self.column {
            "client_context" => 0,
            "status" if self.values.iter().all(|value| is_passing(value)) => 1,
            "user_name" => 2,
            "status" if !self.values.contains(&&completed) => 3,
            "name" | "vendor_provider" => 4,
            _ => 5,
        }
    }
}

impl<'a> Statement<'a> {
    /// Makes a select without an order one that merges ranges; of each no more than `rows` are wanted.
    pub(super) fn merged(
        &mut self,
        ranges: &Ranges<'a>,
        order_by: &'a [OrderKey],
        rows: u64,
    ) -> Result<(), StoreError> {
        let select = std::mem::take(&mut self.sql);
        for (index, value) in ranges.values.iter().enumerate() {
            self.push(if index > 0 { " UNION ALL " } else { "" });
            self.push(if self.dialect == Dialect::Postgres { "(" } else { "" });
            self.push(&select);
            self.push(&format!(" AND action.{} = ", ranges.column));
            self.parameter(parameter(value)?);
            // SQLite hands order and limit down to each by itself.
            if self.dialect == Dialect::Postgres {
                self.order(order_by, Keys::Numbered)?;
                self.push(" LIMIT ");
                self.parameter(i64::try_from(rows).unwrap_or(i64::MAX).into());
                self.push(")");
            }
        }
        self.order(order_by, Keys::Numbered)
    }
}

/// How many operators, constants and values an expression has.
fn size(expr: &Expr) -> usize {
    let listed = if let ExprKind::InList(_, values) = &expr.kind { values.len() } else { 0 };
    1 + listed + expr.operands().into_iter().map(size).sum::<usize>()
}

/// Whether an index by something else may have less to read.
fn has_other_index(part: &Expr) -> bool {
    let by_change =
        matches!(&part.kind, ExprKind::Compare(_, left, _) if column_of(left) == Some("last_action"));
    by_change || looked_up(part).is_some() || allowed(part).is_some_and(|(column, _)| column == "id")
}

/// The column that a part of a filter is about alone, and the values that it allows.
fn allowed(part: &Expr) -> Option<(&'static str, Vec<&Scalar<'static>>)> {
    match &part.kind {
        ExprKind::Compare(Comparison::Equal, left, right) => Some((column_of(left)?, vec![right.literal()?])),
        ExprKind::InList(operand, values) => Some((column_of(operand)?, values.iter().collect())),
        ExprKind::Or(parts) => {
            let (mut column, mut values) = (None, Vec::new());
            for part in parts {
                let (of, more) = allowed(part)?;
                if *column.get_or_insert(of) != of {
                    return None;
                }
                values.extend(more);
            }
            Some((column?, values))
        }
        _ => None,
    }
}
