//! The order of a list.

use interdict_odata::query::OrderKey;

use super::place::{column_of, is_nullable};
use super::{Dialect, Statement};
use crate::StoreError;

/// The number of the first key's column, behind [`LISTED`](super::LISTED).
const FIRST: usize = 4;

/// How the keys of an order are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Keys {
    /// As they are.
    Plain,
    /// Such that SQLite reads no index in the order of the first one.
    Unindexed,
    /// By the numbers of their columns, which several selects have in common.
    Numbered,
}

/// Whether an index has all actions of a tenant in exactly that order: the newest first.
pub(super) fn is_of_index(keys: &[OrderKey]) -> bool {
    matches!(keys, [key] if key.descending && column_of(&key.expr) == Some("created"))
}

impl<'a> Statement<'a> {
    /// Orders rows by `keys`, and those that have the same ones by id.
    pub(super) fn order(&mut self, keys: &'a [OrderKey], written: Keys) -> Result<(), StoreError> {
        self.push(" ORDER BY ");
        for (index, key) in keys.iter().enumerate() {
            if written == Keys::Numbered {
                self.push(&(FIRST + index).to_string());
            } else {
                if index == 0 {
                    self.push(if written == Keys::Unindexed { "+" } else { "" });
                    self.period_first(key);
                }
                self.ordered(&key.expr)?;
            }
            self.push(if key.descending { " DESC" } else { " ASC" });
            // Null is the lowest, which SQLite has by itself.
            if self.dialect == Dialect::Postgres && is_nullable(&key.expr) {
                self.push(if key.descending { " NULLS LAST" } else { " NULLS FIRST" });
            }
            self.push(", ");
        }
        self.push(if written == Keys::Numbered { "1 ASC" } else { "action.id ASC" });
        Ok(())
    }
}
