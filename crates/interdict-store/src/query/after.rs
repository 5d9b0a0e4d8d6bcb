//! The rows after a place, in any order: keys one after the other, null the lowest, ties broken by id.

use std::borrow::Cow;

use interdict_odata::query::{OrderKey, Scalar};
use uuid::Uuid;

use super::place::{column_of, is_id, is_nullable};
use super::{Place, Statement};
use crate::{StoreError, Value};

impl<'a> Statement<'a> {
    /// The condition that a row comes after the place.
    pub(super) fn after(&mut self, keys: &'a [OrderKey], place: &'a Place) -> Result<(), StoreError> {
        if keys.len() != place.keys.len() {
            return Err(StoreError::Refused("the place is of another order".to_owned()));
        }
        let keys: Vec<_> = keys.iter().zip(&place.keys).collect();
        // Alone, the first key bounds the scan of an index.
        if let Some((key, value)) = keys.first()
            && column_of(&key.expr).is_some()
            && !is_nullable(&key.expr)
        {
            self.push(" AND ");
            self.ordered(&key.expr)?;
            self.push(if key.descending { " <= " } else { " >= " });
            self.value(key, value)?;
            self.period_from(key, value);
        }
        self.push(" AND ");
        self.beyond(&keys, place.id)
    }

    fn beyond(&mut self, keys: &[(&'a OrderKey, &'a Scalar<'static>)], id: Uuid) -> Result<(), StoreError> {
        let Some(((key, value), rest)) = keys.split_first() else {
            self.push("action.id > ");
            self.parameter(id.into());
            return Ok(());
        };
        self.push("(");
        match (value.is_null(), key.descending) {
            // Nothing is lower than null.
            (true, true) => {}
            (true, false) => {
                self.ordered(&key.expr)?;
                self.push(" IS NOT NULL OR ");
            }
            (false, descending) => {
                self.ordered(&key.expr)?;
                self.push(if descending { " < " } else { " > " });
                self.value(key, value)?;
                if descending && is_nullable(&key.expr) {
                    self.push(" OR ");
                    self.ordered(&key.expr)?;
                    self.push(" IS NULL");
                }
                self.push(" OR ");
            }
        }
        self.push("(");
        self.ordered(&key.expr)?;
        if value.is_null() {
            self.push(" IS NULL");
        } else {
            self.push(" = ");
            self.value(key, value)?;
        }
        self.push(" AND ");
        self.beyond(rest, id)?;
        self.push("))");
        Ok(())
    }

    fn value(&mut self, key: &OrderKey, value: &'a Scalar<'static>) -> Result<(), StoreError> {
        let value = match value {
            Scalar::Guid(id) if is_id(&key.expr) => Uuid::from_u128(*id).into(),
            Scalar::Text(text) => Value::Text(Some(Cow::Borrowed(&**text))),
            other => super::expr::parameter(other)?,
        };
        let kind = match value {
            Value::Text(_) => "text",
            Value::Uuid(_) => {
                self.parameter(value);
                return Ok(());
            }
            _ => "bigint",
        };
        self.push("CAST(");
        self.parameter(value);
        self.push(&format!(" AS {kind})"));
        Ok(())
    }
}
