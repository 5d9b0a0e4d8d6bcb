//! The rows of a tenant against what its journal adds up to. Actions are replayed again, some ten thousand at a time:
//! each time the journal is read once more, so that memory holds no more of them.

use std::collections::HashMap;
use std::sync::Arc;

use interdict_model::document;
use interdict_model::view::{Columns, Record};
use interdict_model::{ActionId, AppId, Timestamp};
use uuid::Uuid;

use super::chain::{Sums, short};
use super::{Fault, Report, Tenant};
use crate::engine::{Row, Session};
use crate::{StoreError, Value, rows, tables};

/// Actions that are replayed at once: some 100 MB of them.
const AT_ONCE: usize = 50_000;

const ENTRIES_ABOUT: &str = "SELECT sequence, at, subject, request, kind, actor, change, previous, hash \
     FROM journal WHERE tenant = $1 AND subject >= $2 AND subject <= $3 ORDER BY sequence";
const FILINGS: &str = "SELECT action, digest, app, context FROM filing WHERE tenant = $1";
const APPS: &str = "SELECT app_id, doc FROM app WHERE tenant = $1";
const REVOCATIONS: &str = "SELECT app_id, at FROM revocation WHERE tenant = $1";

/// The fault with the lowest sequence.
#[derive(Debug, Default)]
struct Earliest(Option<Fault>);

impl Earliest {
    fn note(&mut self, sequence: i64, reason: String) {
        if self.0.as_ref().is_none_or(|(earliest, _)| sequence < *earliest) {
            self.0 = Some((sequence, reason));
        }
    }
}

/// An action between two entries about it: less than a whole record, since many wait at once.
#[derive(Debug)]
struct Waiting {
    sequence: i64,
    cancelled: bool,
    document: Arc<str>,
}

impl Waiting {
    fn of(record: Record) -> Self {
        Self { sequence: record.sequence, cancelled: record.cancelled, document: record.document }
    }

    fn record(&self) -> Result<Record, StoreError> {
        let action = document::parse(&self.document)
            .map_err(|error| StoreError::Corrupt(format!("a document cannot be read: {error}")))?;
        let (sequence, cancelled, document) = (self.sequence, self.cancelled, Arc::clone(&self.document));
        Ok(Record { action, cancelled, sequence, document })
    }
}

/// Compares every row of the tenant; the first fault.
pub(super) async fn compare(
    session: &mut Session<'_>,
    tenant: &Tenant,
    mut sums: Sums,
    report: &mut Report,
) -> Result<Option<Fault>, StoreError> {
    let mut found = Earliest::default();
    compare_apps(session, tenant.key, &mut sums, report, &mut found).await?;
    compare_filings(session, tenant.key, &mut sums, report, &mut found).await?;
    drop(sums.filings);
    for (from, to) in ranges(sums.actions.keys().copied().collect(), AT_ONCE) {
        let expected = replay(session, tenant, &sums.actions, from, to, &mut found).await?;
        compare_actions(session, tenant.key, expected, (from, to), report, &mut found).await?;
    }
    Ok(found.0)
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
    actions: &HashMap<Uuid, Option<[u8; 16]>>,
    from: Uuid,
    to: Uuid,
    found: &mut Earliest,
) -> Result<HashMap<Uuid, Waiting>, StoreError> {
    let mut waiting: HashMap<Uuid, Waiting> = HashMap::new();
    let values = [tenant.key.into(), from.into(), to.into()];
    session
        .each(ENTRIES_ABOUT, &values, |row| {
            let subject = row.uuid(2)?;
            // Those that were removed need not be replayed: no row may be left of them.
            if !actions.contains_key(&subject) {
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

async fn compare_actions(
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
    Ok(())
}

/// Whether a column holds the value.
fn is(row: &Row<'_>, column: usize, value: &Value<'_>) -> Result<bool, StoreError> {
    Ok(match value {
        Value::Integer(None) | Value::Text(None) => row.is_null(column)?,
        Value::Integer(Some(value)) => !row.is_null(column)? && row.integer(column)? == *value,
        Value::Text(Some(value)) => !row.is_null(column)? && row.text(column)? == value,
        Value::Uuid(value) => row.uuid(column)? == *value,
        Value::Bytes(value) => row.bytes(column)? == *value,
    })
}

async fn compare_filings(
    session: &mut Session<'_>,
    tenant: i64,
    sums: &mut Sums,
    report: &mut Report,
    found: &mut Earliest,
) -> Result<(), StoreError> {
    session
        .each(FILINGS, &[tenant.into()], |row| {
            report.filings += 1;
            let (stored, app, context) = (rows::filing(row)?, row.text(2)?, row.text(3)?);
            match sums.filings.remove(&short(app, context)) {
                Some((filing, _)) if filing == stored => {}
                Some((_, sequence)) => found.note(
                    sequence,
                    format!(
                        "the filing `{context}` of app `{app}` is not what was filed: its row was altered"
                    ),
                ),
                None => found.note(
                    0,
                    format!("no entry made the filing `{context}` of app `{app}`: its row was added"),
                ),
            }
            Ok(())
        })
        .await?;
    for (filing, sequence) in sums.filings.values() {
        found.note(*sequence, format!("the filing of action `{}` has no row: it was removed", filing.action));
    }
    Ok(())
}

async fn compare_apps(
    session: &mut Session<'_>,
    tenant: i64,
    sums: &mut Sums,
    report: &mut Report,
    found: &mut Earliest,
) -> Result<(), StoreError> {
    session
        .each(APPS, &[tenant.into()], |row| {
            report.apps += 1;
            let id = AppId(row.text(0)?.into());
            match sums.apps.remove(&id) {
                Some((app, _)) if rows::app(row.text(1)?).is_ok_and(|stored| stored == app) => {}
                Some((_, sequence)) => {
                    found.note(
                        sequence,
                        format!("app `{}` is not what its entries say: its row was altered", id.0),
                    );
                }
                None => found.note(0, format!("no entry made app `{}`: its row was added", id.0)),
            }
            Ok(())
        })
        .await?;
    for (id, (_, sequence)) in &sums.apps {
        found.note(*sequence, format!("app `{}` has no row: it was removed", id.0));
    }
    session
        .each(REVOCATIONS, &[tenant.into()], |row| {
            let (id, at) = (AppId(row.text(0)?.into()), Timestamp::from_ticks(row.integer(1)?));
            match sums.removed.remove(&id) {
                Some((removed, _)) if removed == at => {}
                Some((_, sequence)) => {
                    found.note(
                        sequence,
                        format!("app `{}` was not removed at {at}: the row was altered", id.0),
                    );
                }
                None => {
                    found.note(0, format!("no entry removed app `{}`: the row that says so was added", id.0))
                }
            }
            Ok(())
        })
        .await?;
    for (id, (_, sequence)) in &sums.removed {
        found.note(*sequence, format!("nothing says that app `{}` was removed: the row was removed", id.0));
    }
    Ok(())
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
