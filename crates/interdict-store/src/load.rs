//! What a batch must see: its read set as keys to look up, and rows as parts of the view.

use std::collections::HashMap;

use interdict_model::view::{FilingKey, ReadSet};
use interdict_model::{ActionId, AppId, TenantId, View};

use crate::engine::Row;
use crate::{StoreError, Value, rows};

/// The keys that are looked up, each once. Those of tenants that are not there yet are left out.
#[derive(Debug, Default)]
pub(crate) struct Wanted<'a> {
    filings: Vec<(i64, &'a FilingKey)>,
    actions: Vec<(i64, TenantId, ActionId)>,
    apps: Vec<(i64, &'a (TenantId, AppId))>,
}

impl<'a> Wanted<'a> {
    /// The keys of `reads`. The view learns of each that it is not there, until its row is found.
    pub(crate) fn of(reads: &'a ReadSet, tenants: &HashMap<TenantId, i64>, view: &mut View) -> Self {
        let mut wanted = Self::default();
        for key in &reads.filings {
            if view.filings.insert(key.clone(), None).is_none()
                && let Some(tenant) = tenants.get(&key.tenant)
            {
                wanted.filings.push((*tenant, key));
            }
        }
        for (tenant, id) in &reads.actions {
            if view.actions.insert((*tenant, *id), None).is_none()
                && let Some(key) = tenants.get(tenant)
            {
                wanted.actions.push((*key, *tenant, *id));
            }
        }
        for key in &reads.apps {
            if view.apps.insert(key.clone(), None).is_none()
                && let Some(tenant) = tenants.get(&key.0)
            {
                wanted.apps.push((*tenant, key));
            }
        }
        wanted
    }

    pub(crate) fn filing_keys(&self) -> Vec<Vec<Value<'a>>> {
        self.filings.iter().map(|(tenant, key)| rows::filing_key(*tenant, key)).collect()
    }

    pub(crate) fn action_keys(&self) -> Vec<Vec<Value<'a>>> {
        self.actions.iter().map(|(tenant, _, id)| vec![(*tenant).into(), id.0.into()]).collect()
    }

    pub(crate) fn app_keys(&self) -> Vec<Vec<Value<'a>>> {
        self.apps.iter().map(|(tenant, key)| vec![(*tenant).into(), (&*key.1.0).into()]).collect()
    }

    /// The view learns of the filing with that index, and of the action that it names.
    pub(crate) fn found_filing(
        &self,
        index: usize,
        row: &Row<'_>,
        view: &mut View,
    ) -> Result<(), StoreError> {
        let Some((_, key)) = self.filings.get(index) else { return Err(unasked()) };
        let filing = rows::filing(row)?;
        view.filings.insert((*key).clone(), Some(filing));
        let action = (key.tenant, filing.action);
        let record = if row.is_null(2)? { None } else { Some(rows::record(row, 2)?) };
        view.actions.insert(action, record);
        Ok(())
    }

    /// The view learns of the action with that index.
    pub(crate) fn found_action(
        &self,
        index: usize,
        row: &Row<'_>,
        view: &mut View,
    ) -> Result<(), StoreError> {
        let Some((_, tenant, id)) = self.actions.get(index) else { return Err(unasked()) };
        view.actions.insert((*tenant, *id), Some(rows::record(row, 0)?));
        Ok(())
    }

    /// The view learns of the app with that index.
    pub(crate) fn found_app(&self, index: usize, row: &Row<'_>, view: &mut View) -> Result<(), StoreError> {
        let Some((_, key)) = self.apps.get(index) else { return Err(unasked()) };
        view.apps.insert((*key).clone(), Some(rows::app(row.text(0)?)?));
        Ok(())
    }
}

fn unasked() -> StoreError {
    StoreError::Corrupt("the database answered a key that was not asked for".to_owned())
}
