//! Actions against what their entries add up to. They are replayed some ten thousand at a time: each time the journal is
//! read once more, so that memory holds no more of them.

use std::collections::HashMap;
use std::sync::Arc;

use interdict_model::view::{Columns, Record};
use interdict_model::{ActionId, Execution, document};
use uuid::Uuid;

use super::chain::ShortKey;
use super::sums::Earliest;
use super::{Report, Tenant, execution};
use crate::engine::{Row, Session};
use crate::prune::Gone;
use crate::{StoreError, Value, rows, tables};

/// Actions that are replayed at once: some 100 MB of them.
const AT_ONCE: usize = 50_000;

const ENTRIES_ABOUT: &str = "SELECT sequence, at, subject, request, kind, actor, change, previous, hash \
     FROM journal WHERE tenant = $1 AND subject >= $2 AND subject <= $3 ORDER BY sequence";
const PARAMETERS: &str =
    "SELECT value, action FROM parameter WHERE tenant = $1 AND action >= $2 AND action <= $3";

/// An action between two entries about it: less than a whole record, since many wait at once.
#[derive(Debug)]
struct Waiting {
    sequence: i64,
    cancelled: bool,
    document: Arc<str>,
    execution: Option<Arc<Execution>>,
}

impl Waiting {
    fn of(record: Record) -> Self {
        let Record { sequence, cancelled, document, execution, .. } = record;
        Self { sequence, cancelled, document, execution }
    }

    fn record(&self) -> Result<Record, StoreError> {
        let action = document::parse(&self.document)
            .map_err(|error| StoreError::Corrupt(format!("a document cannot be read: {error}")))?;
        let (sequence, cancelled, document) = (self.sequence, self.cancelled, Arc::clone(&self.document));
        Ok(Record { action, cancelled, sequence, document, execution: self.execution.clone() })
    }
}

/// Compares every action of the tenant with those that should be there.
pub(super) async fn compare(
    session: &mut Session<'_>,
    tenant: &Tenant,
    actions: &HashMap<Uuid, Option<ShortKey>>,
    gone: &Gone,
    report: &mut Report,
    found: &mut Earliest,
) -> Result<(), StoreError> {
    for (from, to) in ranges(actions.keys().copied().collect(), AT_ONCE) {
        let expected = replay(session, tenant, (actions, gone), (from, to), found).await?;
        compare_range(session, tenant.key, expected, (from, to), report, found).await?;
    }
    Ok(())
}

/// Ranges of ids, first and last, that cover all there can be and hold `size` of `ids` each.
fn ranges(mut ids: Vec<Uuid>, size: usize) -> Vec<(Uuid, Uuid)> {
    ids.sort_unstable();
    let begins = ids.chunks(size).skip(1).filter_map(|chunk| chunk.first().copied());
    let begins: Vec<_> = std::iter::once(Uuid::nil()).chain(begins).collect();
    let ends = begins.iter().skip(1).map(|next| Uuid::from_u128(next.as_u128().saturating_sub(1)));
    let ends: Vec<_> = ends.chain([Uuid::max()]).collect();
    begins.into_iter().zip(ends).collect()
}

/// The actions within a range that should be there.
async fn replay(
    session: &mut Session<'_>,
    tenant: &Tenant,
    (actions, gone): (&HashMap<Uuid, Option<ShortKey>>, &Gone),
    (from, to): (Uuid, Uuid),
    found: &mut Earliest,
) -> Result<HashMap<Uuid, Waiting>, StoreError> {
    let mut waiting: HashMap<Uuid, Waiting> = HashMap::new();
    let values = [tenant.key.into(), from.into(), to.into()];
    session
        .each(ENTRIES_ABOUT, &values, |row| {
            let subject = row.uuid(2)?;
            // Those that were removed need not be replayed: no row may be left of them.
            if !actions.contains_key(&subject) || gone.has(row.integer(0)?, subject) {
                return Ok(());
            }
            let entry = rows::entry(row, tenant.id)?;
            let before = waiting.get(&subject).map(Waiting::record).transpose()?;
            match entry.action_after(before.as_ref()) {
                Ok(Some(record)) => drop(waiting.insert(subject, Waiting::of(record))),
                Ok(None) => drop(waiting.remove(&subject)),
                Err(error) => found.note(entry.sequence, error.to_string()),
            }
            Ok(())
        })
        .await?;
    Ok(waiting)
}

async fn compare_range(
    session: &mut Session<'_>,
    tenant: i64,
    mut expected: HashMap<Uuid, Waiting>,
    (from, to): (Uuid, Uuid),
    report: &mut Report,
    found: &mut Earliest,
) -> Result<(), StoreError> {
    let columns: Vec<_> = tables::INSERT_ACTION.values().map(|(column, _)| column).collect();
    let sql =
        format!("SELECT {} FROM action WHERE tenant = $1 AND id >= $2 AND id <= $3", columns.join(", "));
    let (sequence_column, id_column) = (0, columns.len() - 1);
    let (mut parameters, mut executions) = (HashMap::new(), HashMap::new());
    session
        .each(&sql, &[tenant.into(), from.into(), to.into()], |row| {
            let (id, sequence) = (row.uuid(id_column)?, row.integer(sequence_column)?);
            report.actions += 1;
            let Some(waiting) = expected.remove(&id).filter(|waiting| waiting.sequence == sequence) else {
                let id = ActionId(id);
                found.note(
                    sequence,
                    format!("action `{id}` names entry {sequence}, which is not the last entry about it"),
                );
                return Ok(());
            };
            let record = waiting.record()?;
            let execution = record.execution.as_deref().cloned();
            executions.extend(execution.map(|execution| (id, (execution, sequence))));
            parameters.extend(record.action.parameter_keys().map(|key| ((key, id), sequence)));
            for (index, value) in rows::action_values(tenant, &record, Columns::All).iter().enumerate() {
                if !is(row, index, value)? {
                    let (id, column) = (ActionId(id), columns.get(index).copied().unwrap_or_default());
                    found.note(
                        sequence,
                        format!("the column `{column}` of action `{id}` is not what its entries add up to: the row was altered"),
                    );
                    break;
                }
            }
            Ok(())
        })
        .await?;
    for (id, waiting) in expected {
        found.note(waiting.sequence, format!("action `{}` has no row: it was removed", ActionId(id)));
    }
    // They follow from the actions: of one that does not hold nothing more is to be said.
    if found.is_none() {
        execution::compare_range(session, tenant, executions, (from, to), found).await?;
        compare_parameters(session, tenant, parameters, (from, to), found).await
    } else {
        Ok(())
    }
}

/// Compares what parameters are looked up by with those that should be there, each with the last entry about its action.
async fn compare_parameters(
    session: &mut Session<'_>,
    tenant: i64,
    mut expected: HashMap<(i64, Uuid), i64>,
    (from, to): (Uuid, Uuid),
    found: &mut Earliest,
) -> Result<(), StoreError> {
    session
        .each(PARAMETERS, &[tenant.into(), from.into(), to.into()], |row| {
            let (key, id) = (row.integer(0)?, row.uuid(1)?);
            if expected.remove(&(key, id)).is_none() {
                let id = ActionId(id);
                found.note(0, format!("action `{id}` has no parameter of the key {key}: its row was added"));
            }
            Ok(())
        })
        .await?;
    for ((key, id), sequence) in expected {
        let id = ActionId(id);
        found.note(
            sequence,
            format!("the key {key} of a parameter of action `{id}` has no row: it was removed"),
        );
    }
    Ok(())
}

/// Whether a column holds the value.
pub(super) fn is(row: &Row<'_>, column: usize, value: &Value<'_>) -> Result<bool, StoreError> {
    Ok(match value {
        Value::Integer(None) | Value::Text(None) => row.is_null(column)?,
        Value::Integer(Some(value)) => !row.is_null(column)? && row.integer(column)? == *value,
        Value::Text(Some(value)) => !row.is_null(column)? && row.text(column)? == value,
        Value::Uuid(value) => row.uuid(column)? == *value,
        Value::Bytes(value) => row.bytes(column)? == *value,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_cover_every_id_once() {
        let id = Uuid::from_u128;
        assert_eq!(ranges(Vec::new(), 2), [(Uuid::nil(), Uuid::max())]);
        assert_eq!(
            ranges(vec![id(9), id(1), id(5), id(7), id(3)], 2),
            [(Uuid::nil(), id(4)), (id(5), id(8)), (id(9), Uuid::max())]
        );
    }
}
