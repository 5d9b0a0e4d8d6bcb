//! What was acknowledged, and whether a store that was opened after a loss still has it.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use interdict_app::{Service, Written};
use interdict_model::clock::Ids;
use interdict_model::view::WriteSet;
use interdict_model::{ActionId, RequestId, View};
use interdict_store::{Birth, SqliteOptions, Store, StoreError};
use interdict_testkit::power_loss::Disk;
use tempfile::TempDir;
use uuid::Uuid;

use crate::support::{Commits, Standing, scope};

/// A directory on a disk that may lose power, and what its clients were told.
#[derive(Clone)]
pub(crate) struct Bench {
    pub(crate) disk: Disk,
    home: Arc<TempDir>,
    checkpoint_pages: u64,
    ids: Arc<Counted>,
    told: Arc<Mutex<BTreeMap<Key, Written>>>,
}

/// The tenant's number and the action.
type Key = (u128, ActionId);

#[derive(Debug)]
struct Counted(AtomicI64);

impl Ids for Counted {
    fn action(&self) -> ActionId {
        ActionId(Uuid::from_u128(self.0.fetch_add(1, Ordering::Relaxed).unsigned_abs().into()))
    }

    fn request(&self) -> RequestId {
        RequestId(Uuid::nil())
    }
}

impl Bench {
    pub(crate) fn new(seed: u64, checkpoint_pages: u64) -> Self {
        Self {
            disk: Disk::new(seed).unwrap(),
            home: Arc::new(TempDir::new().unwrap()),
            checkpoint_pages,
            ids: Arc::new(Counted(AtomicI64::new(1))),
            told: Arc::default(),
        }
    }

    fn path(&self) -> PathBuf {
        self.home.path().join("interdict.db")
    }

    /// A service on the disk.
    pub(crate) async fn start(&self) -> Result<Arc<Service>, StoreError> {
        let mut options = SqliteOptions::new(self.path(), 2);
        options.vfs = Some(self.disk.name());
        options.checkpoint_pages = self.checkpoint_pages;
        let (store, writers) = Store::open(&options.into(), BIRTH).await?;
        let (ids, commits) = (Arc::clone(&self.ids), Arc::<Commits>::default());
        Ok(Service::start(store, writers, Arc::new(Standing::default()), ids, commits))
    }

    /// Remembers a write that was acknowledged.
    pub(crate) fn told(&self, tenant: u128, written: Written) {
        self.told.lock().unwrap().insert((tenant, written.id), written);
    }

    /// How many actions were acknowledged.
    pub(crate) fn acknowledged(&self) -> usize {
        self.told.lock().unwrap().len()
    }

    /// Whether the store, opened on the sound disk, has everything that was acknowledged, and nothing by halves.
    pub(crate) async fn examine(&self) -> Result<(), Finding> {
        {
            let (store, _writers) =
                Store::open(&SqliteOptions::new(self.path(), 1).into(), BIRTH).await.map_err(broken)?;
            let told = self.told.lock().unwrap().clone();
            for ((tenant, id), written) in &told {
                let found = store.action(scope(*tenant), *id).await.map_err(broken)?;
                let found = found.ok_or(Finding::Lost(*id))?;
                if found.version.sequence < written.version.sequence {
                    return Err(Finding::Lost(*id));
                }
                if found.version == written.version && *found.document != *written.document.as_bytes() {
                    return Err(Finding::Broken(format!("action `{id}` is not what was acknowledged")));
                }
            }
            if let Some(fault) = store.verify().await.map_err(broken)?.fault {
                return Err(Finding::Broken(format!(
                    "the audit says: {} at {}",
                    fault.reason, fault.sequence
                )));
            }
            for tenant in 0..TENANTS {
                replays(&store, tenant).await?;
            }
        }
        integrity(&self.path())
    }
}

/// Why the service is unready, once it is: a thread that met a failed sync needs a moment to say so.
pub(crate) async fn becomes_unready(service: &Service) -> Vec<String> {
    let patience = Instant::now() + Duration::from_secs(5);
    loop {
        let unready = service.unready();
        if !unready.is_empty() || Instant::now() > patience {
            return unready;
        }
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
}

/// What is wrong after a loss.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Finding {
    /// An acknowledged write is not there.
    Lost(ActionId),
    /// The store does not hold together.
    Broken(String),
}

/// Tenants that the clients write for.
pub(crate) const TENANTS: u128 = 3;
const BIRTH: Birth = Birth { epoch: 7, skip_token_key: [3; 32] };

/// Whether the rows are what the tenant's journal adds up to.
async fn replays(store: &Store, tenant: u128) -> Result<(), Finding> {
    let (mut replayed, mut writes) = (View::default(), WriteSet::default());
    for entry in store.journal(scope(tenant), 0, usize::MAX).await.map_err(broken)? {
        replayed.replay(entry, &mut writes).map_err(broken)?;
    }
    for record in replayed.actions.values().flatten() {
        let id = record.action.id;
        let found = store.action(scope(tenant), id).await.map_err(broken)?;
        let same = found.is_some_and(|found| {
            found.version.sequence == record.sequence && found.document == *record.document
        });
        if !same {
            return Err(Finding::Broken(format!("the row of `{id}` is not what its journal says")));
        }
    }
    Ok(())
}

fn integrity(path: &Path) -> Result<(), Finding> {
    let db = rusqlite::Connection::open(path).map_err(broken)?;
    let verdict: String = db.query_row("PRAGMA integrity_check", [], |row| row.get(0)).map_err(broken)?;
    if verdict == "ok" { Ok(()) } else { Err(Finding::Broken(verdict)) }
}

#[expect(clippy::needless_pass_by_value, reason = "the shape that `map_err` takes")]
fn broken(error: impl ToString) -> Finding {
    Finding::Broken(error.to_string())
}
