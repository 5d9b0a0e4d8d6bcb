//! Opening the store, and starting what writes to it.

use std::sync::Arc;
use std::time::Duration;

use backon::{BackoffBuilder as _, ExponentialBuilder};
use interdict_app::Service;
use interdict_app::committer::CommitObserver;
use interdict_store::{Store, StoreError, StoreOptions, Writer};
use tokio::sync::watch;

use super::servers::Servers;
use crate::failure::Failure;
use crate::system::{self, SystemClock, SystemIds};

/// Before the first attempt to reach a database again; each further one waits twice as long.
const FIRST_PAUSE: Duration = Duration::from_millis(250);
/// Jitter makes a pause up to twice as long.
const LONGEST_PAUSE: Duration = Duration::from_secs(2);

/// Opens the store. A database that is out of reach is waited for, and requests are told why meanwhile.
pub(super) async fn opened(
    options: &StoreOptions,
    servers: &Servers,
) -> Result<(Store, Vec<Writer>), Failure> {
    let cause = match Store::open(options, system::birth()).await {
        Err(StoreError::Unavailable(cause)) if matches!(options, StoreOptions::Postgres(_)) => cause,
        outcome => return outcome.map_err(|error| store_failure(&error)),
    };
    let (tell, told) = watch::channel(cause);
    servers.say(&told);
    let opening = async {
        let pauses = ExponentialBuilder::default()
            .with_min_delay(FIRST_PAUSE)
            .with_max_delay(LONGEST_PAUSE)
            .without_max_times()
            .with_jitter();
        for pause in pauses.build() {
            tracing::warn!(cause = &**tell.borrow(), "the store cannot be used yet; trying again");
            tokio::time::sleep(pause).await;
            match Store::open(options, system::birth()).await {
                Err(StoreError::Unavailable(cause)) => drop(tell.send_replace(cause)),
                outcome => return outcome.map_err(|error| store_failure(&error)),
            }
        }
        Err(Failure::failed("the store was given up"))
    };
    servers.serve_while(opening).await
}

/// Refuses a store that an import has not filled yet.
pub(super) async fn refuse_half(store: &Store) -> Result<(), Failure> {
    match store.unfinished_import().await {
        Ok(None) => Ok(()),
        Ok(Some(_)) => Err(Failure::usage("an import into this store was begun and not finished")
            .hint("run the same `interdict import` or `interdict migrate-store` again: it goes on where it ended")
            .hint("or remove the store and begin anew")),
        Err(error) => Err(store_failure(&error)),
    }
}

/// Starts the use cases over an open store.
pub(crate) fn started(
    store: &Store,
    writers: Vec<Writer>,
    observer: Arc<dyn CommitObserver>,
) -> Arc<Service> {
    Service::start(store.clone(), writers, Arc::new(SystemClock), Arc::new(SystemIds), observer)
}

/// What to say where the store cannot be opened. What needs another program or another setting is no failure of an
/// attempt: it would end the same way again.
pub(crate) fn store_failure(error: &StoreError) -> Failure {
    let message = format!("cannot open the store: {error}");
    match error {
        StoreError::Unfit(_) => Failure::usage(message),
        _ => Failure::failed(message),
    }
}
