//! Servers that clients write to while they fail.

mod failures;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use interdict_checker::api::{Api, Outages};
use interdict_checker::carried;
use interdict_cluster::{Cluster, Database, Options, spare_port};
use interdict_model::{TenantId, TenantScope};
use interdict_store::{SqliteOptions, StoreOptions};
use interdict_testkit::fault_proxy::FaultProxy;
use interdict_testkit::process::{Program, RunningServer};
use interdict_testkit::store::postgres_options;
use tempfile::TempDir;

use crate::http::{Http, READ_WRITE};
use crate::nodes::share_issuer_key;

/// Which store servers have.
#[derive(Clone, Copy)]
pub(super) enum Engine {
    /// One server on SQLite.
    Sqlite,
    /// Two servers on a PostgreSQL, the second over a network that fails.
    Postgres,
}

impl Engine {
    /// Starts servers on an empty store.
    pub(super) async fn start(self, program: &Program) -> World {
        match self {
            Self::Sqlite => World::sqlite(program),
            Self::Postgres => World::postgres(program).await,
        }
    }
}

/// Servers on one store.
pub(super) struct World {
    nodes: Vec<Node>,
    directory: TempDir,
    /// Last: the nodes use it.
    remote: Option<Remote>,
}

/// A database, and the network between it and the second node.
struct Remote {
    proxy: FaultProxy,
    database: Database,
    /// Last: the database is in it.
    cluster: Cluster,
}

/// A server that stays at its port over restarts.
struct Node {
    program: Program,
    port: u16,
    /// `None` between an end and the start that follows.
    server: Option<RunningServer>,
}

/// What clients watch: whether they go on.
#[derive(Clone, Default)]
pub(super) struct Over(Arc<AtomicBool>);

impl Over {
    pub(super) fn is_now(&self) -> bool {
        self.0.load(Ordering::SeqCst)
    }

    pub(super) fn set(&self) {
        self.0.store(true, Ordering::SeqCst);
    }
}

impl World {
    fn sqlite(program: &Program) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let mut world = Self { nodes: Vec::new(), directory, remote: None };
        world.add_node(program.clone());
        world
    }

    async fn postgres(program: &Program) -> Self {
        let cluster = Cluster::start(Options::default()).unwrap();
        let database = cluster.database("store").unwrap();
        let proxy = FaultProxy::start(([127, 0, 0, 1], cluster.port()).into()).await.unwrap();
        let port = |port: u16| format!("127.0.0.1:{port}/");
        let through = database.url().replace(&port(cluster.port()), &port(proxy.address().port()));
        let programs = [program.on(database.url()), program.on(&through)];
        let remote = Remote { proxy, database, cluster };
        let directory = tempfile::tempdir().unwrap();
        let mut world = Self { nodes: Vec::new(), directory, remote: Some(remote) };
        for program in programs {
            if !world.nodes.is_empty() {
                share_issuer_key(&world.data_dir(0), &world.data_dir(1));
            }
            world.add_node(program);
        }
        world
    }

    fn add_node(&mut self, program: Program) {
        let mut node = Node { program, port: spare_port().unwrap(), server: None };
        node.start(&self.data_dir(self.nodes.len()));
        self.nodes.push(node);
    }

    fn data_dir(&self, node: usize) -> PathBuf {
        self.directory.path().join(node.to_string())
    }

    /// The first server.
    pub(super) fn server(&self) -> &RunningServer {
        self.nodes[0].server()
    }

    /// A client of each server, with one token.
    pub(super) fn clients(&self) -> Vec<Http> {
        let token = self.server().token(&[READ_WRITE]);
        self.nodes.iter().map(|node| Http::to(&node.url(), token.clone())).collect()
    }

    /// Each server, for who carries actions out.
    pub(super) fn apis(&self) -> Vec<Api> {
        let token = self.server().token(&carried::ROLES);
        let api = |node: &Node| Api::new(&node.url(), token.clone(), Outages::untold()).unwrap();
        self.nodes.iter().map(api).collect()
    }

    /// How another process reads the store.
    pub(super) fn store(&self) -> StoreOptions {
        match &self.remote {
            Some(remote) => postgres_options(remote.database.url()).into(),
            None => SqliteOptions::new(self.data_dir(0).join("interdict.db"), 1).into(),
        }
    }

    /// The tenant that the store was founded with.
    pub(super) fn scope(&self) -> TenantScope {
        let bootstrap = std::fs::read(self.data_dir(0).join("bootstrap.json")).unwrap();
        let bootstrap: serde_json::Value = serde_json::from_slice(&bootstrap).unwrap();
        TenantScope::system(TenantId(bootstrap["tenantId"].as_str().unwrap().parse().unwrap()))
    }

    /// Asserts that the journal is whole.
    pub(super) fn assert_verified(&self) {
        let verified = self.server().run(&["audit", "verify"]);
        assert!(verified.status.success(), "{}", verified.stderr);
    }
}

impl Node {
    fn start(&mut self, data_dir: &Path) {
        let address = format!("127.0.0.1:{}", self.port);
        self.server = Some(self.program.launch(&address, data_dir, &[]).ready());
    }

    fn server(&self) -> &RunningServer {
        self.server.as_ref().unwrap()
    }

    fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }
}
