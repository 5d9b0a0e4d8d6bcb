//! The engines, and what is common to them: a session takes statements with typed values and gives rows. Above this
//! module nothing knows which engine it is.

pub(crate) mod postgres;
pub(crate) mod sqlite;

use std::ops::ControlFlow;

use uuid::Uuid;

use crate::query::Dialect;
use crate::{StoreError, Value};

/// A connection to read with, given back when it is dropped.
#[derive(Debug)]
pub(crate) enum Reader<'a> {
    Sqlite(sqlite::Lent<'a>),
    Postgres(postgres::Lent),
}

/// A connection in use.
#[derive(Debug)]
pub(crate) enum Session<'a> {
    Sqlite(&'a mut sqlite::Connection),
    Postgres(&'a postgres::Connection),
}

/// One row of a result, valid until the next is asked for.
pub(crate) enum Row<'a> {
    Sqlite(&'a rusqlite::Row<'a>),
    Postgres(&'a tokio_postgres::Row),
}

impl Reader<'_> {
    /// The connection.
    pub(crate) fn session(&mut self) -> Result<Session<'_>, StoreError> {
        Ok(match self {
            Self::Sqlite(lent) => Session::Sqlite(lent.connection()?),
            Self::Postgres(lent) => Session::Postgres(lent.connection()?),
        })
    }
}

impl Session<'_> {
    /// How the engine writes what the engines write differently.
    pub(crate) const fn dialect(&self) -> Dialect {
        match self {
            Self::Sqlite(_) => Dialect::Sqlite,
            Self::Postgres(_) => Dialect::Postgres,
        }
    }

    /// Runs a statement and hands each row to `read`, until that breaks off.
    pub(crate) async fn each_until(
        &mut self,
        sql: &str,
        values: &[Value<'_>],
        read: impl FnMut(&Row<'_>) -> Result<ControlFlow<()>, StoreError>,
    ) -> Result<(), StoreError> {
        match self {
            Self::Sqlite(connection) => connection.each_until(sql, values, read),
            Self::Postgres(connection) => connection.each_until(sql, values, read).await,
        }
    }

    /// Runs a statement and hands each row to `read`.
    pub(crate) async fn each(
        &mut self,
        sql: &str,
        values: &[Value<'_>],
        mut read: impl FnMut(&Row<'_>) -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        self.each_until(sql, values, |row| read(row).map(ControlFlow::Continue)).await
    }

    /// The first row of a statement, where it has one.
    pub(crate) async fn first<T>(
        &mut self,
        sql: &str,
        values: &[Value<'_>],
        read: impl FnOnce(&Row<'_>) -> Result<T, StoreError>,
    ) -> Result<Option<T>, StoreError> {
        match self {
            Self::Sqlite(connection) => connection.first(sql, values, read),
            Self::Postgres(connection) => connection.first(sql, values, read).await,
        }
    }

    /// Every row of a statement.
    pub(crate) async fn all<T>(
        &mut self,
        sql: &str,
        values: &[Value<'_>],
        read: impl Fn(&Row<'_>) -> Result<T, StoreError>,
    ) -> Result<Vec<T>, StoreError> {
        let mut all = Vec::new();
        self.each(sql, values, |row| {
            all.push(read(row)?);
            Ok(())
        })
        .await?;
        Ok(all)
    }

    /// Runs a statement that returns no rows; how many rows it changed.
    pub(crate) async fn execute(&mut self, sql: &str, values: &[Value<'_>]) -> Result<u64, StoreError> {
        match self {
            Self::Sqlite(connection) => connection.execute(sql, values),
            Self::Postgres(connection) => connection.execute(sql, values).await,
        }
    }

    /// Runs several statements, such as a migration.
    pub(crate) async fn script(&mut self, sql: &str) -> Result<(), StoreError> {
        match self {
            Self::Sqlite(connection) => connection.script(sql),
            Self::Postgres(connection) => connection.script(sql).await,
        }
    }

    /// Begins a transaction that sees one state throughout.
    pub(crate) async fn begin_read(&mut self) -> Result<(), StoreError> {
        match self {
            Self::Sqlite(connection) => connection.begin_read(),
            Self::Postgres(connection) => connection.begin_read().await,
        }
    }

    /// Begins a transaction that no other one that begins like this can disturb.
    pub(crate) async fn begin_founding(&mut self) -> Result<(), StoreError> {
        match self {
            Self::Sqlite(connection) => connection.begin_write(),
            Self::Postgres(connection) => connection.begin_founding().await,
        }
    }

    /// The schema's number; 0 where there is none.
    pub(crate) async fn schema(&mut self) -> Result<i64, StoreError> {
        match self {
            Self::Sqlite(connection) => connection.schema(),
            Self::Postgres(connection) => connection.schema().await,
        }
    }

    /// Makes the table that records migrations.
    pub(crate) async fn prepare_migrations(&mut self) -> Result<(), StoreError> {
        self.script(match self {
            Self::Sqlite(_) => sqlite::MIGRATION_TABLE,
            Self::Postgres(_) => postgres::MIGRATION_TABLE,
        })
        .await
    }

    /// Notes the schema's number where it is not read from that table.
    pub(crate) async fn mark_schema(&mut self, number: i64) -> Result<(), StoreError> {
        match self {
            Self::Sqlite(connection) => connection.script(&format!("PRAGMA user_version={number}")),
            Self::Postgres(_) => Ok(()),
        }
    }

    /// Commits where `outcome` is well, and else rolls back.
    pub(crate) async fn end<T>(&mut self, outcome: Result<T, StoreError>) -> Result<T, StoreError> {
        let outcome = match outcome {
            Ok(value) => match self {
                Self::Sqlite(connection) => connection.commit(),
                Self::Postgres(connection) => connection.script("COMMIT").await,
            }
            .map(|()| value),
            error => error,
        };
        if outcome.is_err() {
            match self {
                Self::Sqlite(connection) => connection.rollback(),
                Self::Postgres(connection) => connection.rollback().await,
            }
        }
        outcome
    }
}

impl Row<'_> {
    /// An integer.
    pub(crate) fn integer(&self, column: usize) -> Result<i64, StoreError> {
        match self {
            Self::Sqlite(row) => row.get(column).map_err(sqlite::failure),
            Self::Postgres(row) => row.try_get(column).map_err(|error| damaged(column, &error)),
        }
    }

    /// Text, not copied.
    pub(crate) fn text(&self, column: usize) -> Result<&str, StoreError> {
        match self {
            Self::Sqlite(row) => {
                let value = row.get_ref(column).map_err(sqlite::failure)?;
                value.as_str().map_err(|error| damaged(column, &error))
            }
            Self::Postgres(row) => row.try_get(column).map_err(|error| damaged(column, &error)),
        }
    }

    /// The bytes of a text that is passed on as it was written, so that nobody need read it.
    pub(crate) fn text_bytes(&self, column: usize) -> Result<&[u8], StoreError> {
        match self {
            Self::Sqlite(row) => {
                let value = row.get_ref(column).map_err(sqlite::failure)?;
                value.as_bytes().map_err(|error| damaged(column, &error))
            }
            Self::Postgres(row) => postgres::text_bytes(row, column),
        }
    }

    /// Bytes, not copied.
    pub(crate) fn bytes(&self, column: usize) -> Result<&[u8], StoreError> {
        match self {
            Self::Sqlite(row) => {
                let value = row.get_ref(column).map_err(sqlite::failure)?;
                value.as_blob().map_err(|error| damaged(column, &error))
            }
            Self::Postgres(row) => row.try_get(column).map_err(|error| damaged(column, &error)),
        }
    }

    /// A hash or a key.
    pub(crate) fn array<const N: usize>(&self, column: usize) -> Result<[u8; N], StoreError> {
        self.bytes(column)?.try_into().map_err(|error| damaged(column, &error))
    }

    /// A GUID.
    pub(crate) fn uuid(&self, column: usize) -> Result<Uuid, StoreError> {
        match self {
            Self::Sqlite(_) => self.array(column).map(Uuid::from_bytes),
            Self::Postgres(row) => row.try_get(column).map_err(|error| damaged(column, &error)),
        }
    }

    /// Whether there is no value.
    pub(crate) fn is_null(&self, column: usize) -> Result<bool, StoreError> {
        match self {
            Self::Sqlite(row) => {
                let value = row.get_ref(column).map_err(sqlite::failure)?;
                Ok(value == rusqlite::types::ValueRef::Null)
            }
            Self::Postgres(row) => postgres::is_null(row, column),
        }
    }
}

fn damaged(column: usize, error: &dyn std::error::Error) -> StoreError {
    StoreError::Corrupt(format!("column {column} of a row: {error}"))
}
