//! Servers that clients write to, and what happens to them meanwhile.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use interdict_cluster::{Cluster, Database, Ending, Options, spare_port};
use interdict_model::{TenantId, TenantScope};
use interdict_store::{SqliteOptions, StoreOptions};
use interdict_testkit::process::{Program, RunningServer};
use interdict_testkit::store::postgres_options;
use tempfile::TempDir;

use crate::http::{Http, READ_WRITE};
use crate::nodes::share_issuer_key;

/// From one failure to the next.
const PAUSE: Duration = Duration::from_millis(1_200);
/// How long a database is away.
const AWAY: Duration = Duration::from_millis(300);

/// Servers on one store.
pub(super) struct World {
    program: Program,
    nodes: Vec<Node>,
    directory: TempDir,
    /// Last: the nodes use it.
    database: Option<(Database, Cluster)>,
}

/// A server that stays at its port over restarts.
struct Node {
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
    /// One server on SQLite. It is killed again and again.
    pub(super) fn sqlite(program: &Program) -> Self {
        let mut world = Self {
            program: program.clone(),
            nodes: Vec::new(),
            directory: tempfile::tempdir().unwrap(),
            database: None,
        };
        world.add_node();
        world
    }

    /// Two servers on a PostgreSQL that ends again and again as if power had gone; between that they are killed in turn.
    pub(super) fn postgres(program: &Program) -> Self {
        let cluster = Cluster::start(Options::default()).unwrap();
        let database = cluster.database("store").unwrap();
        let mut world = Self {
            program: program.on(database.url()),
            nodes: Vec::new(),
            directory: tempfile::tempdir().unwrap(),
            database: Some((database, cluster)),
        };
        world.add_node();
        share_issuer_key(&world.data_dir(0), &world.data_dir(1));
        world.add_node();
        world
    }

    fn add_node(&mut self) {
        let mut node = Node { port: spare_port().unwrap(), server: None };
        node.start(&self.program, &self.data_dir(self.nodes.len()));
        self.nodes.push(node);
    }

    fn data_dir(&self, node: usize) -> std::path::PathBuf {
        self.directory.path().join(node.to_string())
    }

    /// The first server.
    pub(super) fn server(&self) -> &RunningServer {
        self.nodes[0].server.as_ref().unwrap()
    }

    /// A client of each server, with one token.
    pub(super) fn clients(&self) -> Vec<Http> {
        let token = self.server().token(&[READ_WRITE]);
        self.nodes.iter().map(|node| Http::to(&node.url(), token.clone())).collect()
    }

    /// How another process reads the store.
    pub(super) fn store(&self) -> StoreOptions {
        match &self.database {
            Some((database, _)) => postgres_options(database.url()).into(),
            None => SqliteOptions::new(self.data_dir(0).join("interdict.db"), 1).into(),
        }
    }

    /// The tenant that the store was founded with.
    pub(super) fn scope(&self) -> TenantScope {
        let bootstrap = std::fs::read(self.data_dir(0).join("bootstrap.json")).unwrap();
        let bootstrap: serde_json::Value = serde_json::from_slice(&bootstrap).unwrap();
        TenantScope::system(TenantId(bootstrap["tenantId"].as_str().unwrap().parse().unwrap()))
    }

    /// Lets the servers fail for so long, then tells clients that it is over; how often they failed. All is well then.
    pub(super) async fn fail_for(self, duration: Duration, over: &Over) -> (Self, usize) {
        let (begun, mut failures, mut world) = (Instant::now(), 0, self);
        while begun.elapsed() + PAUSE < duration {
            tokio::time::sleep(PAUSE).await;
            let nodes = world.nodes.len();
            world = if world.database.is_some() && failures % 2 == 0 {
                world.restart_database().await
            } else {
                world.kill(failures / 2 % nodes).await
            };
            failures += 1;
        }
        tokio::time::sleep(PAUSE).await;
        over.set();
        (world, failures)
    }

    /// Kills a server and starts it again.
    async fn kill(mut self, node: usize) -> Self {
        // Clients need the threads of the runtime.
        let killing = tokio::task::spawn_blocking(move || {
            let data_dir = self.data_dir(node);
            if let Some(server) = self.nodes[node].server.take() {
                server.kill();
            }
            self.nodes[node].start(&self.program, &data_dir);
            self
        });
        killing.await.unwrap()
    }

    async fn restart_database(self) -> Self {
        let ended = tokio::task::spawn_blocking(move || {
            self.cluster().stop(Ending::Immediate).unwrap();
            self
        });
        let world = ended.await.unwrap();
        tokio::time::sleep(AWAY).await;
        let started = tokio::task::spawn_blocking(move || {
            world.cluster().resume().unwrap();
            world
        });
        started.await.unwrap()
    }

    fn cluster(&self) -> &Cluster {
        &self.database.as_ref().unwrap().1
    }

    /// Asserts that the journal is whole.
    pub(super) fn assert_verified(&self) {
        let verified = self.server().run(&["audit", "verify"]);
        assert!(verified.status.success(), "{}", verified.stderr);
    }
}

impl Node {
    fn start(&mut self, program: &Program, data_dir: &Path) {
        self.server = Some(program.launch(&format!("127.0.0.1:{}", self.port), data_dir, &[]).ready());
    }

    fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }
}
