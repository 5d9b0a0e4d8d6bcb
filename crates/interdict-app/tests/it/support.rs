//! A service on a store in a directory of its own.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};

use interdict_app::committer::CommitObserver;
use interdict_app::{Caller, Service};
use interdict_model::action::Status;
use interdict_model::body::{ActionBody, Field, VendorBody};
use interdict_model::clock::{Clock, Ids};
use interdict_model::view::Turn;
use interdict_model::{
    ActionId, Actor, AppId, Permission, Permissions, RequestId, TenantId, TenantScope, Timestamp,
};
use interdict_store::{Birth, Store, StoreOptions};
use interdict_testkit::store::TestStore;
use uuid::Uuid;

pub(crate) struct Fixture {
    pub(crate) service: Arc<Service>,
    pub(crate) store: Store,
    pub(crate) commits: Arc<Commits>,
    pub(crate) clock: Arc<Standing>,
    home: TestStore,
}

#[derive(Debug, Default)]
pub(crate) struct Commits {
    pub(crate) batches: AtomicU64,
    pub(crate) commands: AtomicU64,
}

impl CommitObserver for Commits {
    fn committed(&self, commands: usize, _seconds: f64, _wal_pages: u64) {
        self.batches.fetch_add(1, Ordering::Relaxed);
        self.commands.fetch_add(u64::try_from(commands).unwrap(), Ordering::Relaxed);
    }

    fn failed(&self, _commands: usize) {}

    fn turned(&self, _turn: &Turn) {}
}

/// A clock that stands until it is set, so that only the committer keeps instants apart.
#[derive(Debug)]
pub(crate) struct Standing {
    ticks: AtomicI64,
    /// How often it was asked.
    pub(crate) reads: AtomicU64,
}

impl Default for Standing {
    fn default() -> Self {
        Self { ticks: AtomicI64::new(17_000_000_000_000_000), reads: AtomicU64::default() }
    }
}

impl Standing {
    pub(crate) fn get(&self) -> Timestamp {
        Timestamp::from_ticks(self.ticks.load(Ordering::SeqCst))
    }

    pub(crate) fn advance(&self, seconds: i64) {
        self.ticks.store(self.get().plus_seconds(seconds).ticks(), Ordering::SeqCst);
    }
}

impl Clock for Standing {
    fn now(&self) -> Timestamp {
        self.reads.fetch_add(1, Ordering::SeqCst);
        self.get()
    }
}

#[derive(Debug, Default)]
pub(crate) struct Counted(AtomicI64);

impl Counted {
    fn next(&self) -> Uuid {
        Uuid::from_u128(u128::try_from(self.0.fetch_add(1, Ordering::Relaxed)).unwrap() + 1)
    }
}

impl Ids for Counted {
    fn action(&self) -> ActionId {
        ActionId(self.next())
    }

    fn request(&self) -> RequestId {
        RequestId(self.next())
    }
}

impl Fixture {
    pub(crate) async fn new() -> Self {
        Self::born(TestStore::new(), 7).await
    }

    async fn born(home: TestStore, epoch: u32) -> Self {
        let options = home.options();
        Self::on(home, &options, epoch).await
    }

    /// On a store that is opened in some other way.
    pub(crate) async fn on(home: TestStore, options: &StoreOptions, epoch: u32) -> Self {
        let birth = Birth { epoch, skip_token_key: [3; 32] };
        let (store, writers) = Store::open(options, birth).await.unwrap();
        let (commits, clock) = (Arc::<Commits>::default(), Arc::<Standing>::default());
        let (ids, observer) = (Arc::new(Counted::default()), Arc::clone(&commits));
        let service = Service::start(store.clone(), writers, Arc::clone(&clock) as _, ids, observer);
        Self { service, store, commits, clock, home }
    }

    /// Another node on the same PostgreSQL, with the same clock.
    pub(crate) async fn another_node(&self) -> Arc<Service> {
        let birth = Birth { epoch: 0, skip_token_key: [0; 32] };
        let (store, writers) = Store::open(&self.home.options(), birth).await.unwrap();
        // Ids of its own.
        let ids = Arc::new(Counted(AtomicI64::new(1 << 40)));
        Service::start(store, writers, Arc::clone(&self.clock) as _, ids, Arc::<Commits>::default())
    }

    /// Another store with the same skip-token key, as after a restore.
    pub(crate) async fn of_epoch(epoch: u32) -> Self {
        Self::born(TestStore::new(), epoch).await
    }

    pub(crate) fn home(&self) -> &TestStore {
        &self.home
    }
}

pub(crate) fn scope(tenant: u128) -> TenantScope {
    TenantScope::system(TenantId(Uuid::from_u128(tenant)))
}

pub(crate) fn caller_with(tenant: u128, permissions: &[Permission]) -> Caller {
    let actor = Actor {
        scope: scope(tenant),
        app: Some(AppId("app-1".into())),
        user: None,
        permissions: permissions.iter().copied().collect::<Permissions>(),
    };
    Caller { actor: Arc::new(actor), request: RequestId(Uuid::from_u128(5)) }
}

pub(crate) fn caller(tenant: u128) -> Caller {
    caller_with(tenant, &[Permission::ActionsReadWrite])
}

pub(crate) fn filing(context: Option<&str>) -> ActionBody {
    ActionBody {
        name: Field::Value("BlockIp".to_owned()),
        parameters: Field::Value(Vec::new()),
        client_context: context.map_or(Field::Absent, |context| Field::Value(context.to_owned())),
        vendor_information: Field::Value(VendorBody {
            provider: Field::Value("Firewall".to_owned()),
            vendor: Field::Value("Contoso".to_owned()),
            ..VendorBody::default()
        }),
        ..ActionBody::default()
    }
}

pub(crate) fn becoming(status: Status) -> ActionBody {
    ActionBody { status: Field::Value(status), ..ActionBody::default() }
}
