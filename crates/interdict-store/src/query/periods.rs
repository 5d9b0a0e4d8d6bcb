//! Lists by last change: the index has periods of it, and rows are sorted within each. What a list says of the last change it
//! therefore says of the period as well, which engines could not know by themselves.

use interdict_model::action::change_period;
use interdict_odata::query::{Comparison, Expr, ExprKind, OrderKey, Scalar};

use super::Statement;
use super::place::column_of;
use crate::StoreError;

const COLUMN: &str = "action.change_period";

impl<'a> Statement<'a> {
    /// Adds what a part of the filter says of the period, where it compares the last change with what is no row's.
    pub(super) fn period(&mut self, part: &'a Expr) -> Result<(), StoreError> {
        let ExprKind::Compare(comparison, left, right) = &part.kind else { return Ok(()) };
        if !is_last_change(left) || !is_constant(right) {
            return Ok(());
        }
        let operator = match comparison {
            Comparison::Equal => " = ",
            Comparison::Less | Comparison::LessOrEqual => " <= ",
            Comparison::Greater | Comparison::GreaterOrEqual => " >= ",
            Comparison::NotEqual => return Ok(()),
        };
        self.push(" AND ");
        self.push(COLUMN);
        self.push(operator);
        if let Some(Scalar::Ticks(ticks)) = right.literal() {
            self.parameter(change_period(*ticks).into());
            return Ok(());
        }
        // As `change_period` has it; null stays null.
        self.push("(");
        self.expr(right)?;
        self.push(" >> 32)");
        Ok(())
    }

    /// The same of a place whose first key is the last change.
    pub(super) fn period_from(&mut self, key: &OrderKey, value: &Scalar<'_>) {
        if let (true, Scalar::Ticks(ticks) | Scalar::Integer(ticks)) = (is_last_change(&key.expr), value) {
            self.push(" AND ");
            self.push(COLUMN);
            self.push(if key.descending { " <= " } else { " >= " });
            self.parameter(change_period(*ticks).into());
        }
    }

    /// Orders by the period before the last change, where that is the first key.
    pub(super) fn period_first(&mut self, key: &OrderKey) {
        if is_last_change(&key.expr) {
            self.push(COLUMN);
            self.push(if key.descending { " DESC, " } else { " ASC, " });
        }
    }
}

fn is_last_change(expr: &Expr) -> bool {
    column_of(expr) == Some("last_action")
}

/// Whether it says the same of every row.
fn is_constant(expr: &Expr) -> bool {
    let reads =
        matches!(expr.kind, ExprKind::Value(_) | ExprKind::Any(..) | ExprKind::All(..) | ExprKind::Count(..));
    !reads && expr.operands().into_iter().all(is_constant)
}
