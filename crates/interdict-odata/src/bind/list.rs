//! `$filter`, `$orderby` and `$select`: whole option values.

use super::binder::{Aliases, Binder, Operand};
use super::{fold, literal, path};
use crate::edm::StructuredType;
use crate::error::{Fault, quoted};
use crate::limits;
use crate::parser::{self, SelectItem};
use crate::query::{Expr, ExprKind, OrderKey, Path, Type};

pub(super) fn filter(
    text: &str,
    entity: &'static StructuredType,
    aliases: &Aliases,
) -> Result<Expr, Vec<Fault>> {
    let tree = parser::parse(text)?;
    let mut binder = Binder::new(entity, aliases);
    match binder.condition(&tree) {
        Some(filter) if binder.faults.is_empty() => Ok(fold::truth(filter)),
        _ => Err(binder.faults),
    }
}

pub(super) fn order_by(
    text: &str,
    entity: &'static StructuredType,
    aliases: &Aliases,
) -> Result<Vec<OrderKey>, Vec<Fault>> {
    let keys = parser::parse_order(text)?;
    if let Some((key, _)) = keys.get(limits::ORDER_KEYS) {
        let message = format!("`$orderby` has more than {} keys", limits::ORDER_KEYS);
        return Err(Fault::limit(key.span.start, message).into());
    }
    let mut binder = Binder::new(entity, aliases);
    let mut bound = Vec::new();
    for (key, descending) in &keys {
        let expr = match binder.operand(key) {
            Some(Operand::Expr(expr)) => expr,
            Some(Operand::Literal(literal, at)) => match literal::natural(literal, at) {
                Ok(expr) => expr,
                Err(fault) => {
                    binder.faults.push(fault);
                    continue;
                }
            },
            None => continue,
        };
        if matches!(expr.ty, Type::Complex(_) | Type::Guid | Type::Binary) {
            let name = match &expr.kind {
                ExprKind::Value(place) => quoted(&place.path.to_string()),
                _ => "this".to_owned(),
            };
            binder.faults.push(Fault::mismatch(expr.at, format!("{name} is no value that has an order")));
        } else if expr.literal().is_none() {
            // Constants order nothing.
            bound.push(OrderKey { expr, descending: *descending });
        }
    }
    if binder.faults.is_empty() { Ok(bound) } else { Err(binder.faults) }
}

pub(super) fn select(text: &str, entity: &'static StructuredType) -> Result<Option<Vec<Path>>, Vec<Fault>> {
    let items = parser::parse_select(text)?;
    let (mut distinct, mut faults): (Vec<Path>, Vec<Fault>) = (Vec::new(), Vec::new());
    let mut all = false;
    for item in &items {
        match item {
            SelectItem::All => all = true,
            SelectItem::Path(expr) => match path::properties(expr, entity) {
                Ok(path) if distinct.contains(&path) => {}
                Ok(path) => distinct.push(path),
                Err(fault) => faults.push(fault),
            },
        }
        if faults.len() >= limits::ERRORS {
            break;
        }
    }
    if faults.is_empty() { Ok((!all).then_some(distinct)) } else { Err(faults) }
}
