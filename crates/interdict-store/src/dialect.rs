//! Where the engines' SQL differs. Every other text is one that both take.
//!
//! SQLite runs in this process: a statement for each row, prepared once, is fastest. PostgreSQL is a round trip away: one
//! statement takes all rows, as one array for each column, and the locks that SQLite's single writer needs not are
//! taken by name.

use std::fmt::Write as _;

use crate::tables::{Column, DERIVED, Kind, Lookup, Verb, Write};

/// Reads a tenant's small key and the end of its chain.
pub(crate) const HEAD: &str = "SELECT tenant, sequence, hash, at, sealed, settings FROM head WHERE guid = $1";

/// PostgreSQL: the small keys of tenants.
pub(crate) const KEYS: &str = "SELECT guid, tenant FROM head WHERE guid = ANY($1)";
/// PostgreSQL: the heads that a batch holds until it commits, always taken in one order.
pub(crate) const LOCK_HEADS: &str = "SELECT guid, sequence, hash, at, sealed, settings, tenant FROM head WHERE tenant = ANY($1) \
     ORDER BY tenant FOR UPDATE";
/// PostgreSQL: one head, by its tenant.
pub(crate) const HOLD_HEAD: &str = "SELECT tenant FROM head WHERE guid = $1 FOR UPDATE";

/// SQLite: duties of a kind that are due; one node has them all.
pub(crate) const DUE: &str = "SELECT head.guid, head.sequence, head.hash, head.at \
     FROM duty JOIN head ON head.tenant = duty.tenant \
     WHERE duty.kind = $1 AND duty.due <= $2 ORDER BY duty.due LIMIT $3";
/// PostgreSQL: the same, claimed until `$4`. Nodes that look at once get different ones: what another one is claiming
/// is passed over.
pub(crate) const CLAIM: &str = "WITH mine AS (SELECT kind, tenant FROM duty \
         WHERE kind = $1 AND due <= $2 ORDER BY due LIMIT $3 FOR UPDATE SKIP LOCKED) \
     UPDATE duty SET due = $4 FROM mine JOIN head ON head.tenant = mine.tenant \
     WHERE duty.kind = mine.kind AND duty.tenant = mine.tenant \
     RETURNING head.guid, head.sequence, head.hash, head.at";
/// Makes up for duties that an older program did not note.
pub(crate) const MISSED: &str = "INSERT INTO duty (kind, tenant, due) \
     SELECT $1, tenant, $2 FROM head WHERE sequence > sealed ON CONFLICT (kind, tenant) DO NOTHING";

/// The statement that reads one row, its key being the parameters.
pub(crate) fn read_row(lookup: &Lookup) -> &str {
    lookup.texts.each_row.get_or_init(|| {
        let Lookup { columns, table, joined, key, .. } = lookup;
        let key = numbered(key.iter(), |(name, _), number| format!("{table}.{name} = ${number}"), " AND ");
        format!("SELECT {columns} FROM {table} {joined} WHERE {key}")
    })
}

/// PostgreSQL: the statement that reads many rows, with the ordinal of each one's key (from 1) as the last column.
pub(crate) fn read_rows(lookup: &Lookup) -> &str {
    lookup.texts.all_rows.get_or_init(|| {
        let Lookup { columns, table, joined, key, .. } = lookup;
        let arrays = arrays(key.iter());
        let names = listed(key.iter(), |(name, _)| (*name).to_owned(), ", ");
        let on = listed(key.iter(), |(name, _)| format!("{table}.{name} = given.{name}"), " AND ");
        format!(
            "SELECT {columns}, given.ordinal FROM UNNEST({arrays}) WITH ORDINALITY AS given ({names}, ordinal) \
             JOIN {table} ON {on} {joined}"
        )
    })
}

/// The statement that writes one row.
pub(crate) fn write_row(write: &Write) -> &str {
    write.texts.each_row.get_or_init(|| {
        let Write { verb, table, key, .. } = write;
        let set = write.columns.iter().copied().flatten();
        let offset = set.clone().count();
        let key_is = |first: usize| {
            let texts = key.iter().zip(first..).map(|((name, _), number)| format!("{name} = ${number}"));
            texts.collect::<Vec<_>>().join(" AND ")
        };
        match verb {
            Verb::Insert | Verb::Put => {
                let values = write.values();
                let names = listed(values.clone(), |(name, _)| name.to_owned(), ", ");
                let given = numbered(values, |_, number| format!("${number}"), ", ");
                format!("INSERT INTO {table} ({names}) VALUES ({given}){}", replacing(write))
            }
            Verb::Update => {
                let set = numbered(set, |(name, _), number| format!("{name} = ${number}"), ", ");
                format!("UPDATE {table} SET {set} WHERE {}", key_is(offset + 1))
            }
            Verb::Remove | Verb::Clear => format!("DELETE FROM {table} WHERE {}", key_is(1)),
        }
    })
}

/// PostgreSQL: the statement that writes many rows. Where each key must have its row, one that does not makes the
/// statement fail (a division by zero), since the transaction's end is sent along with it.
pub(crate) fn write_rows(write: &Write) -> &str {
    write.texts.all_rows.get_or_init(|| {
        let Write { verb, table, key, .. } = write;
        let values = write.values();
        let arrays = arrays(values.clone());
        let names = listed(values, |(name, _)| name.to_owned(), ", ");
        let is_key = listed(key.iter(), |(name, _)| format!("{table}.{name} = given.{name}"), " AND ");
        let given = format!("UNNEST({arrays}) AS given ({names})");
        let checked = |text: &str| {
            format!(
                "WITH changed AS ({text} RETURNING 1) \
                 SELECT 1 / (count(*) = cardinality($1))::int FROM changed"
            )
        };
        let is_written = |(name, _): &Column| *name != DERIVED;
        match verb {
            Verb::Insert | Verb::Put => {
                let names = listed(write.values().filter(is_written), |(name, _)| name.to_owned(), ", ");
                format!("INSERT INTO {table} ({names}) SELECT {names} FROM {given}{}", replacing(write))
            }
            Verb::Update => {
                let set = write.columns.iter().copied().flatten().copied().filter(is_written);
                let set = listed(set, |(name, _)| format!("{name} = given.{name}"), ", ");
                checked(&format!("UPDATE {table} SET {set} FROM {given} WHERE {is_key}"))
            }
            Verb::Remove => checked(&format!("DELETE FROM {table} USING {given} WHERE {is_key}")),
            Verb::Clear => format!("DELETE FROM {table} USING {given} WHERE {is_key}"),
        }
    })
}

/// What an insert does with a row that is there already.
fn replacing(write: &Write) -> String {
    if write.verb != Verb::Put {
        return String::new();
    }
    let key = listed(write.key.iter(), |(name, _)| (*name).to_owned(), ", ");
    let set = write.columns.iter().copied().flatten();
    let set = listed(set, |(name, _)| format!("{name} = excluded.{name}"), ", ");
    if set.is_empty() {
        return format!(" ON CONFLICT ({key}) DO NOTHING");
    }
    format!(" ON CONFLICT ({key}) DO UPDATE SET {set}")
}

/// One array parameter for each column.
fn arrays<C: std::borrow::Borrow<Column>>(columns: impl Iterator<Item = C>) -> String {
    let of = |kind| match kind {
        Kind::Integer => "int8",
        Kind::Text => "text",
        Kind::Uuid => "uuid",
        Kind::Bytes => "bytea",
    };
    numbered(columns, |column, number| format!("${number}::{}[]", of(column.borrow().1)), ", ")
}

fn listed<C>(columns: impl Iterator<Item = C>, text: impl Fn(C) -> String, between: &str) -> String {
    numbered(columns, |column, _| text(column), between)
}

/// Each column's text, the first with number 1.
fn numbered<C>(columns: impl Iterator<Item = C>, text: impl Fn(C, usize) -> String, between: &str) -> String {
    let mut all = String::new();
    for (number, column) in (1..).zip(columns) {
        let before = if number == 1 { "" } else { between };
        // Writing to a string cannot fail.
        let _ = write!(all, "{before}{}", text(column, number));
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tables;

    #[test]
    fn each_engine_reads_by_key_in_its_own_form() {
        insta::assert_snapshot!(read_row(&tables::FILING));
        insta::assert_snapshot!(read_rows(&tables::FILING));
    }

    #[test]
    fn each_engine_writes_in_its_own_form() {
        insta::assert_snapshot!(write_row(&tables::UPDATE_HEAD));
        insta::assert_snapshot!(write_rows(&tables::UPDATE_HEAD));
        insta::assert_snapshot!(write_row(&tables::PUT_FILING));
        insta::assert_snapshot!(write_rows(&tables::PUT_FILING));
        insta::assert_snapshot!(write_row(&tables::CLEAR_FILINGS));
        insta::assert_snapshot!(write_rows(&tables::CLEAR_FILINGS));
    }
}
