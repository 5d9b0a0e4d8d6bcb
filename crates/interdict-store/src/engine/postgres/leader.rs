//! Which of several hosts is the one to write to. A leader that was replaced may go on: what manages it may be frozen, or
//! cut off from the rest. It takes connections and answers reads, of a state that others have left behind. It is known by
//! its timeline, which PostgreSQL counts up at each promotion: a host on a lower one than was seen elsewhere is not used.

use futures_util::future::join_all;
use tokio::sync::mpsc;
use tokio::time::timeout;
use tokio_postgres::SimpleQueryMessage;
use tokio_postgres_rustls::MakeRustlsConnect;

use super::Connection;
use super::pulse::ANSWER;
use crate::{PostgresOptions, StoreError};

/// A standby has a timeline too; only those that take writes matter.
const TIMELINE: &str = "SELECT CASE WHEN pg_is_in_recovery() THEN 0::int8 \
     ELSE ('x' || left(pg_walfile_name(pg_current_wal_lsn()), 8))::bit(32)::int8 END";

/// Connects to the first host that takes writes and was not replaced.
pub(super) async fn first(
    options: &PostgresOptions,
    tls: &MakeRustlsConnect,
    heard: Option<mpsc::Sender<()>>,
) -> Result<Connection, StoreError> {
    let hosts = options.address.hosts();
    let several = hosts.len() > 1;
    let mut last = StoreError::Unavailable("no host is named".to_owned());
    for host in hosts {
        match Connection::reach(options, &host, tls, heard.clone()).await {
            Ok(connection) if !several => return Ok(connection),
            Ok(connection) => match placed(options, connection).await {
                Ok(connection) => return Ok(connection),
                Err(error) => last = error,
            },
            Err(error) => last = error,
        }
    }
    Err(last)
}

/// Looks at every host, and notes where one leads that is newer than all that were seen before: from then on no connection
/// to another is used.
pub(super) async fn look(options: &PostgresOptions, tls: &MakeRustlsConnect) {
    let hosts = options.address.hosts();
    let looks = hosts.iter().map(async |host| {
        // Most are standbys, and refuse; some may be away.
        let seen = timeout(ANSWER, async {
            let connection = Connection::reach(options, host, tls, None).await?;
            timeline(&connection).await
        });
        if let Ok(Ok(timeline)) = seen.await {
            options.address.saw(timeline);
        }
    });
    join_all(looks).await;
}

/// The connection with its timeline, where no higher one was seen.
async fn placed(options: &PostgresOptions, mut connection: Connection) -> Result<Connection, StoreError> {
    connection.timeline = timeline(&connection).await?;
    options.address.saw(connection.timeline);
    if is_replaced(options, &connection) {
        let (old, new) = (connection.timeline, options.address.newest());
        return Err(StoreError::Unavailable(format!(
            "of the hosts at {} only a leader that was replaced takes writes: it is on timeline {old}, and {new} was \
             seen; where it was restored on purpose, start this node anew",
            options.address
        )));
    }
    Ok(connection)
}

/// Whether another server leads by now.
pub(super) fn is_replaced(options: &PostgresOptions, connection: &Connection) -> bool {
    // 0 where there is one host, or the server knows of no timelines.
    connection.timeline != 0 && connection.timeline < options.address.newest()
}

async fn timeline(connection: &Connection) -> Result<i64, StoreError> {
    match connection.client.simple_query(TIMELINE).await {
        Ok(messages) => Ok(messages.iter().find_map(number).unwrap_or(0)),
        Err(error) if error.code().is_some() => {
            tracing::debug!(%error, "the database knows of no timelines");
            Ok(0)
        }
        Err(error) => Err(super::failure(&error)),
    }
}

fn number(message: &SimpleQueryMessage) -> Option<i64> {
    match message {
        SimpleQueryMessage::Row(row) => row.get(0)?.parse().ok(),
        _ => None,
    }
}
