//! Settings, effects and executions against what their entries add up to. What renewals of leases change is left out: no
//! entries are made of it.

use std::collections::HashMap;

use interdict_model::{ActionId, Execution};
use uuid::Uuid;

use super::actions::is;
use super::chain::{Sums, short};
use super::sums::Earliest;
use crate::engine::Session;
use crate::{StoreError, Value, rows, tables};

const SETTINGS: &str = "SELECT kind, id, doc FROM setting WHERE tenant = $1";
const EFFECTS: &str = "SELECT provider, key, state, sequence, doc FROM effect WHERE tenant = $1";

/// Compares the tenant's settings and effects.
pub(super) async fn compare(
    session: &mut Session<'_>,
    tenant: i64,
    sums: &mut Sums,
    found: &mut Earliest,
) -> Result<(), StoreError> {
    let mut settings: HashMap<_, _> =
        sums.settings.iter().map(|(key, kept)| ((key.kind(), key.id()), kept)).collect();
    session
        .each(SETTINGS, &[tenant.into()], |row| {
            let (kind, id) = (row.integer(0)?, row.text(1)?.to_owned());
            match settings.remove(&(kind, id.clone())) {
                Some((setting, _)) if setting.text() == row.text(2)? => {}
                Some((_, sequence)) => {
                    found.note(
                        *sequence,
                        format!("setting `{id}` is not what its entries say: its row was altered"),
                    );
                }
                None => found.note(0, format!("no entry made the setting `{id}`: its row was added")),
            }
            Ok(())
        })
        .await?;
    for ((_, id), (_, sequence)) in settings {
        found.note(*sequence, format!("setting `{id}` has no row: it was removed"));
    }
    session
        .each(EFFECTS, &[tenant.into()], |row| {
            let (provider, key) = (row.uuid(0)?, row.text(1)?.to_owned());
            let text = row.text(4)?;
            match sums.effects.remove(&(provider, key.clone())) {
                Some((digest, sequence)) if digest == short("", text) => {
                    let effect = rows::effect(text)?;
                    if row.integer(2)? != effect.state.number() || row.integer(3)? != sequence {
                        found.note(sequence, format!("the columns of effect `{}` were altered", effect.id.0));
                    }
                }
                Some((_, sequence)) => {
                    found.note(
                        sequence,
                        format!("effect `{key}` is not what its entries say: its row was altered"),
                    );
                }
                None => found.note(0, format!("no entry made the effect `{key}`: its row was added")),
            }
            Ok(())
        })
        .await?;
    for ((_, key), (_, sequence)) in &sums.effects {
        found.note(*sequence, format!("effect `{key}` has no row: it was removed"));
    }
    Ok(())
}

/// Compares the executions of actions within a range, each with the last entry about its action.
pub(super) async fn compare_range(
    session: &mut Session<'_>,
    tenant: i64,
    mut expected: HashMap<Uuid, (Execution, i64)>,
    (from, to): (Uuid, Uuid),
    found: &mut Earliest,
) -> Result<(), StoreError> {
    // All but what renewals change, and the key.
    let columns: Vec<_> = tables::PUT_EXECUTION.values().map(|(column, _)| column).collect();
    let compared = columns.iter().position(|column| *column == "expires").unwrap_or(columns.len());
    let sql = format!(
        "SELECT {}, action FROM execution WHERE tenant = $1 AND action >= $2 AND action <= $3",
        columns.get(..compared).unwrap_or_default().join(", ")
    );
    session
        .each(&sql, &[tenant.into(), from.into(), to.into()], |row| {
            let id = ActionId(row.uuid(compared)?);
            let Some((execution, sequence)) = expected.remove(&id.0) else {
                found.note(0, format!("action `{id}` is not carried out by its entries: a row was added"));
                return Ok(());
            };
            let values: Vec<Value<'_>> = rows::execution_values(tenant, id, &execution);
            for (index, (value, column)) in values.iter().zip(&columns).take(compared).enumerate() {
                if !is(row, index, value)? {
                    found.note(
                        sequence,
                        format!("the column `{column}` of the execution of action `{id}` was altered"),
                    );
                    break;
                }
            }
            Ok(())
        })
        .await?;
    for (id, (_, sequence)) in expected {
        found
            .note(sequence, format!("the execution of action `{}` has no row: it was removed", ActionId(id)));
    }
    Ok(())
}
