//! Which filters select few of a tenant's actions, whatever the tenant: what engines learn from statistics, where they keep
//! any.

use interdict_model::action::Status;
use interdict_odata::query::{Comparison, Expr, ExprKind, OrderKey, Scalar};

use super::parameters::{carried_out_as, looked_up};
use super::place::column_of;

/// Whether a part of the filter selects so few that sorting them beats reading all in their order.
pub(super) fn selects_few(filter: Option<&Expr>, order_by: &[OrderKey]) -> bool {
    let Some(filter) = filter else { return false };
    let by_creation = order_by.first().is_some_and(|key| column_of(&key.expr) == Some("created"));
    filter.parts().iter().any(|part| match &part.kind {
        // The actions of one status are kept by their creation.
        ExprKind::Compare(Comparison::Equal, left, right) => {
            let passing = column_of(left) == Some("status") && right.literal().is_some_and(is_passing);
            (!by_creation && passing) || carried_out_as(part).is_some()
        }
        ExprKind::InList(operand, values) => {
            let passing = column_of(operand) == Some("status") && values.iter().all(is_passing);
            passing || carried_out_as(part).is_some()
        }
        _ => looked_up(part).is_some() || carried_out_as(part).is_some(),
    })
}

/// Whether it is a status that actions leave.
pub(super) fn is_passing(value: &Scalar<'_>) -> bool {
    let Scalar::Integer(number) = value else { return false };
    Status::from_number(*number).is_some_and(|status| !status.is_final())
}
