//! Statistics of tables that fill faster than the database looks at them. Until it knows that a table has rows, it takes
//! any index that begins with the tenant for a way to a key, passes over all the tenant's rows in it, and keeps to that.

use tokio_postgres_rustls::MakeRustlsConnect;

use super::Connection;
use crate::engine::Row;
use crate::{PostgresOptions, StoreError, Value};

/// Actions that are written between two looks.
const ACTIONS: usize = 500;
/// So many looks are made by a lane; by then the database has had the time to look itself.
const LOOKS: u32 = 20;
/// Tables that have rows, of which the database knows none.
const UNKNOWN: &str = "SELECT relname::text FROM pg_class WHERE relnamespace = current_schema()::regnamespace \
     AND relkind = 'r' AND relname = ANY('{action,parameter,filing,execution,effect,journal}') \
     AND reltuples <= 0 AND pg_relation_size(oid) > $1";
/// A table of so many bytes is worth it.
const BYTES: i64 = 65_536;

/// When one lane looks.
#[derive(Debug, Default)]
pub(super) struct Analysis {
    actions: usize,
    looks: u32,
}

impl Analysis {
    /// So many actions were written. It looks beside the lane, which waits for nothing.
    pub(super) fn committed(&mut self, actions: usize, options: &PostgresOptions, tls: &MakeRustlsConnect) {
        self.actions = self.actions.saturating_add(actions);
        if self.actions < ACTIONS || self.looks >= LOOKS {
            return;
        }
        (self.actions, self.looks) = (0, self.looks + 1);
        let (options, tls) = (options.clone(), tls.clone());
        tokio::spawn(async move {
            if let Err(error) = analyse(&options, &tls).await {
                tracing::debug!(%error, "the database was not told of the tables' sizes; it finds them in time");
            }
        });
    }
}

async fn analyse(options: &PostgresOptions, tls: &MakeRustlsConnect) -> Result<(), StoreError> {
    let connection = Connection::open(options, tls, None).await?;
    let rows = connection.collect(UNKNOWN, &[Value::from(BYTES)]).await?;
    let name = |row| Row::Postgres(row).text(0).map(str::to_owned);
    let tables = rows.iter().map(name).collect::<Result<Vec<_>, _>>()?;
    for table in tables {
        connection.script(&format!("ANALYZE {table}")).await?;
        tracing::debug!(table, "analysed");
    }
    Ok(())
}
