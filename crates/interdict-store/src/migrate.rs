//! Migrations: numbered texts, each applied once, in one transaction, its SHA-256 recorded.

use aws_lc_rs::digest::{SHA256, digest};

use crate::StoreError;
use crate::engine::Connection;

/// Every migration in order; the position, from 1, is the schema number. Texts are never changed, only added.
const MIGRATIONS: [&str; 1] = [include_str!("../migrations/sqlite/0001_actions.sql")];

const TABLE: &str = "CREATE TABLE IF NOT EXISTS migration (
    number INTEGER NOT NULL PRIMARY KEY,
    sha256 BLOB NOT NULL
) STRICT";

/// Brings the schema to the newest number.
///
/// # Errors
/// [`StoreError::Refused`] where a migration that was applied is not the one that this program knows.
pub(crate) fn migrate(connection: &Connection) -> Result<(), StoreError> {
    let (_, applied) = connection.marks()?;
    refuse_newer(applied)?;
    check_applied(connection, applied)?;
    for (number, text) in (1_i64..).zip(MIGRATIONS).filter(|(number, _)| *number > applied) {
        connection.begin_write()?;
        let outcome = apply(connection, number, text).and_then(|()| connection.commit());
        if outcome.is_err() {
            connection.rollback();
        }
        outcome?;
        tracing::info!(schema = number, "the store's schema was migrated");
    }
    Ok(())
}

/// Refuses a schema that only a newer version knows.
pub(crate) fn refuse_newer(applied: i64) -> Result<(), StoreError> {
    let newest = i64::try_from(MIGRATIONS.len()).unwrap_or(i64::MAX);
    if (0..=newest).contains(&applied) {
        return Ok(());
    }
    Err(StoreError::Refused(format!(
        "the database has schema {applied}, this program knows up to {newest}; use the version that wrote it, or a newer one"
    )))
}

fn check_applied(connection: &Connection, applied: i64) -> Result<(), StoreError> {
    if applied == 0 {
        return Ok(());
    }
    let recorded = connection.all("SELECT number, sha256 FROM migration ORDER BY number", &[], |row| {
        Ok((row.integer(0)?, row.bytes(1)?.to_vec()))
    })?;
    let known = (1_i64..).zip(MIGRATIONS).take_while(|(number, _)| *number <= applied);
    let known: Vec<_> =
        known.map(|(number, text)| (number, digest(&SHA256, text.as_bytes()).as_ref().to_vec())).collect();
    if recorded == known {
        Ok(())
    } else {
        Err(StoreError::Refused(
            "the database was migrated by another build of this program; use the version that wrote it"
                .to_owned(),
        ))
    }
}

fn apply(connection: &Connection, number: i64, text: &str) -> Result<(), StoreError> {
    connection.script(TABLE)?;
    connection.script(text)?;
    let hash = digest(&SHA256, text.as_bytes());
    connection.execute(
        "INSERT INTO migration (number, sha256) VALUES ($1, $2)",
        &[number.into(), hash.as_ref().into()],
    )?;
    connection.script(&format!("PRAGMA user_version={number}"))
}
