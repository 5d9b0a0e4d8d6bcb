//! What no engine can be asked: patterns and `$search`. The statement then selects more rows than are wanted, and each is
//! looked at again, by the definition of the language.

use std::borrow::Cow;

use interdict_model::{Entity, document};
use interdict_odata::eval;
use interdict_odata::query::{Expr, ExprKind};
use interdict_odata::search::Search;

use crate::StoreError;

/// What a list selects: what the statement is asked for, and what is looked at again.
#[derive(Debug)]
pub(crate) struct Recheck<'a> {
    /// What the statement selects by: the filter, or less where it has patterns.
    pub(crate) filter: Option<Cow<'a, Expr>>,
    whole: Option<&'a Expr>,
    search: Option<&'a Search>,
    now: i64,
}

impl<'a> Recheck<'a> {
    pub(crate) fn of(filter: Option<&'a Expr>, search: Option<&'a Search>, now: i64) -> Self {
        let whole = filter.filter(|filter| asks_for_pattern(filter));
        let asked = match whole {
            Some(filter) => weakened(filter).map(Cow::Owned),
            None => filter.map(Cow::Borrowed),
        };
        Self { filter: asked, whole, search, now }
    }

    /// Whether rows are to be looked at again.
    pub(crate) fn is_needed(&self) -> bool {
        self.whole.is_some() || self.search.is_some()
    }

    /// Whether a row is selected.
    pub(crate) fn admits(&self, text: &[u8]) -> Result<bool, StoreError> {
        if !self.is_needed() {
            return Ok(true);
        }
        let damaged = |error: &dyn std::fmt::Display| {
            StoreError::Corrupt(format!("a document cannot be read: {error}"))
        };
        let text = std::str::from_utf8(text).map_err(|error| damaged(&error))?;
        let action = document::parse(text).map_err(|error| damaged(&error))?;
        let entity = Entity::of(&action);
        Ok(self.whole.is_none_or(|filter| eval::selects(filter, &entity, self.now))
            && self.search.is_none_or(|search| search.finds(&entity.texts())))
    }
}

/// Whether a pattern is anywhere in it.
pub(super) fn asks_for_pattern(expr: &Expr) -> bool {
    matches!(expr.kind, ExprKind::Matches(..)) || expr.operands().into_iter().any(asks_for_pattern)
}

/// What every row that the filter selects fulfils, without its patterns; `None` where nothing is left to ask.
fn weakened(expr: &Expr) -> Option<Expr> {
    if !asks_for_pattern(expr) {
        return Some(expr.clone());
    }
    let with = |mut parts: Vec<Expr>, kind: fn(Vec<Expr>) -> ExprKind| match parts.len() {
        0 => None,
        1 => parts.pop(),
        _ => Some(Expr { kind: kind(parts), ..expr.clone() }),
    };
    match &expr.kind {
        ExprKind::And(parts) => with(parts.iter().filter_map(weakened).collect(), ExprKind::And),
        ExprKind::Or(parts) => with(parts.iter().map(weakened).collect::<Option<_>>()?, ExprKind::Or),
        _ => None,
    }
}
