//! A node's pulse: one connection of its own that tells other nodes of commits, hears of theirs, and looks every second
//! whether the database can be used. NOTIFY is sent after commits, never within one (that would make them wait for each
//! other), once for all that came meanwhile. What it says is a hint: looking every second is what nodes rely on.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use futures_util::future::join;
use interdict_model::clock::Clock;
use tokio::sync::{Notify, mpsc, watch};
use tokio::time::{MissedTickBehavior, interval, sleep, timeout};
use tokio_postgres_rustls::MakeRustlsConnect;

use super::{Connection, leader};
use crate::{PostgresOptions, StoreError, birth, migrate};

/// Between two looks.
const BEAT: Duration = Duration::from_secs(1);
/// How long a look may take.
pub(super) const ANSWER: Duration = Duration::from_secs(3);
/// Between two looks at all hosts, where there are several.
const ROUND: Duration = Duration::from_secs(5);
/// Before the first attempt to connect again; each further one waits twice as long.
const FIRST_PAUSE: Duration = Duration::from_millis(250);
const LONGEST_PAUSE: Duration = Duration::from_secs(4);
/// How far this node's clock may be from the database's, in ticks of 100 ns.
const APART: u64 = 2 * 10_000_000;

/// What a node knows of its database.
#[derive(Debug)]
pub(crate) struct Pulse {
    /// Why the store cannot be used now.
    ill: RwLock<Option<String>>,
    /// Set when something was committed that other nodes were not told of.
    untold: Notify,
    /// Counts up when something may have changed.
    changes: watch::Sender<u64>,
    /// Of read connections; see the pool.
    generation: Arc<AtomicU64>,
}

impl Pulse {
    pub(crate) fn new() -> Self {
        Self {
            ill: RwLock::default(),
            untold: Notify::new(),
            changes: watch::Sender::new(0),
            generation: Arc::default(),
        }
    }

    /// Why the store cannot be used now.
    pub(crate) fn ill(&self) -> Option<String> {
        self.ill.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Counted up when read connections are not to be used again.
    pub(crate) fn generation(&self) -> Arc<AtomicU64> {
        Arc::clone(&self.generation)
    }

    pub(crate) fn changes(&self) -> watch::Receiver<u64> {
        self.changes.subscribe()
    }

    /// Something was committed here.
    pub(super) fn committed(&self) {
        self.changes.send_modify(|count| *count = count.wrapping_add(1));
        self.untold.notify_one();
    }

    /// A write failed: where the server went or takes no writes, connections to it are not used again.
    pub(super) fn failed(&self, error: &StoreError) {
        if matches!(error, StoreError::Unavailable(_)) {
            self.generation.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Beats until it is dropped.
    pub(crate) async fn beat(&self, options: &PostgresOptions, tls: &MakeRustlsConnect, clock: &dyn Clock) {
        join(Self::look_around(options, tls), self.keep_on(options, tls, clock)).await;
    }

    /// Looks whether another host leads by now: one that was replaced may go on, and does not say so.
    async fn look_around(options: &PostgresOptions, tls: &MakeRustlsConnect) {
        if options.address.hosts().len() < 2 {
            return;
        }
        let mut rounds = interval(ROUND);
        rounds.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            rounds.tick().await;
            leader::look(options, tls).await;
        }
    }

    async fn keep_on(&self, options: &PostgresOptions, tls: &MakeRustlsConnect, clock: &dyn Clock) {
        let mut pause = FIRST_PAUSE;
        loop {
            let Err(error) = self.connected(options, tls, clock, &mut pause).await;
            self.note(Some(error.to_string()));
            sleep(pause).await;
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
    }

    /// Beats as long as the connection holds.
    async fn connected(
        &self,
        options: &PostgresOptions,
        tls: &MakeRustlsConnect,
        clock: &dyn Clock,
        pause: &mut Duration,
    ) -> Result<std::convert::Infallible, StoreError> {
        // One word waits at the most: it stands for all that came since.
        let (heard, mut words) = mpsc::channel(1);
        let connection = Connection::open(options, tls, Some(heard)).await?;
        let listening = !options.pooler && Self::listens(&connection).await;
        let mut beats = interval(BEAT);
        beats.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                word = words.recv() => {
                    word.ok_or_else(|| StoreError::Unavailable("the database closed the connection".to_owned()))?;
                    self.changes.send_modify(|count| *count = count.wrapping_add(1));
                }
                () = self.untold.notified(), if listening => {
                    timeout(ANSWER, connection.script("NOTIFY interdict")).await.map_err(|_| silent())??;
                }
                _ = beats.tick() => {
                    if leader::is_replaced(options, &connection) {
                        return Err(StoreError::Unavailable("another host leads by now".to_owned()));
                    }
                    let ill = timeout(ANSWER, Self::look(&connection, clock)).await.map_err(|_| silent())??;
                    if ill.is_none() {
                        *pause = FIRST_PAUSE;
                    }
                    self.note(ill);
                    self.changes.send_modify(|count| *count = count.wrapping_add(1));
                }
            }
        }
    }

    async fn listens(connection: &Connection) -> bool {
        match connection.script("LISTEN interdict").await {
            Ok(()) => true,
            Err(error) => {
                tracing::info!(%error, "the database does not notify; looking every second instead");
                false
            }
        }
    }

    /// Why the database cannot be used, if so.
    async fn look(connection: &Connection, clock: &dyn Clock) -> Result<Option<String>, StoreError> {
        const LOOK: &str = "SELECT (extract(epoch FROM clock_timestamp()) * 10000000)::int8, \
             CASE WHEN current_setting('transaction_read_only') = 'on' THEN 1::int8 ELSE 0::int8 END";
        let look = connection.first(LOOK, &[], |row| Ok((row.integer(0)?, row.integer(1)?))).await?;
        let Some((theirs, read_only)) = look else { return Err(silent()) };
        if read_only == 1 {
            // Perhaps another host is the one that takes writes by now.
            return Err(StoreError::Unavailable("the database is read-only".to_owned()));
        }
        let apart = clock.now().ticks().abs_diff(theirs);
        if apart > APART {
            let seconds = apart / 10_000_000;
            return Ok(Some(format!("this node's clock is {seconds} s from the database's; set it by NTP")));
        }
        let mut session = crate::engine::Session::Postgres(connection);
        let applied = session.schema().await?;
        let compatible = birth::compatible(&mut session).await?;
        Ok(migrate::refuse_newer(applied, compatible).err().map(|error| error.to_string()))
    }

    fn note(&self, ill: Option<String>) {
        let mut noted = self.ill.write().unwrap_or_else(PoisonError::into_inner);
        if *noted != ill {
            match &ill {
                Some(cause) => {
                    self.generation.fetch_add(1, Ordering::Relaxed);
                    tracing::error!(cause, "the store cannot be used");
                }
                None => tracing::info!("the store can be used again"),
            }
            *noted = ill;
        }
    }
}

fn silent() -> StoreError {
    StoreError::Unavailable("the database does not answer".to_owned())
}
