//! `$orderby` and `$select`: lists of paths.

use super::path;
use crate::edm::{Kind, StructuredType};
use crate::error::Fault;
use crate::parser::{self, SelectItem};
use crate::query::{OrderKey, Path};

pub(super) fn order_by(text: &str, entity: &'static StructuredType) -> Result<Vec<OrderKey>, Vec<Fault>> {
    let keys = parser::parse_order(text)?;
    collect(keys.into_iter().map(|(expr, descending)| {
        let path = path(&expr, entity)?;
        match path.0.last().map(|property| property.kind) {
            Some(Kind::Complex(_) | Kind::Collection(_)) => {
                Err(Fault::mismatch(expr.at, format!("`{path}` is not a single value, so it has no order")))
            }
            _ => Ok(OrderKey { path, descending }),
        }
    }))
}

pub(super) fn select(text: &str, entity: &'static StructuredType) -> Result<Option<Vec<Path>>, Vec<Fault>> {
    let items = parser::parse_select(text)?;
    let all = items.contains(&SelectItem::All);
    let paths = collect(items.into_iter().filter_map(|item| match item {
        SelectItem::All => None,
        SelectItem::Path(expr) => Some(path(&expr, entity)),
    }))?;
    let mut distinct: Vec<Path> = Vec::new();
    for path in paths {
        if !distinct.contains(&path) {
            distinct.push(path);
        }
    }
    Ok((!all).then_some(distinct))
}

/// All values, or all faults.
fn collect<T>(results: impl Iterator<Item = Result<T, Fault>>) -> Result<Vec<T>, Vec<Fault>> {
    let mut values = Vec::new();
    let mut faults = Vec::new();
    for result in results {
        match result {
            Ok(value) => values.push(value),
            Err(fault) => faults.push(fault),
        }
    }
    if faults.is_empty() { Ok(values) } else { Err(faults) }
}
