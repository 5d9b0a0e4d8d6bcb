//! Several `interdict serve` on one PostgreSQL: what they owe each other, and what they do when the database is down,
//! read-only, behind a pooler, or changed by a later version.
//!
//! All of these are about PostgreSQL, whichever engine the rest of a run is about.

mod agreement;
mod database_tls;
mod hosts;
mod issuer_key;
mod keys;
mod outages;
mod password;
mod pooler;
mod read_only;
mod restart;
mod schema;

use std::fs::{DirBuilder, Permissions};
use std::os::unix::fs::{DirBuilderExt as _, PermissionsExt as _};
use std::path::Path;
use std::time::{Duration, Instant};

use interdict_cluster::{Cluster, Options, psql};
use interdict_testkit::process::{Process, RunningServer};
use interdict_testkit::store::{Database, database};
use reqwest::Method;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::http::{ACTIONS, Answer, Http, block, builder};
use crate::program;

/// The longest that a request may take, whatever the database does: a write waits five seconds for its turn and five for
/// the database, and the machine may be busy.
const ANSWERED: Duration = Duration::from_secs(12);

/// Two nodes of one store.
struct Pair {
    /// The first, which founded the store.
    a: RunningServer,
    b: RunningServer,
    directories: [TempDir; 2],
    /// Last: the nodes use it.
    database: Database,
}

impl Pair {
    fn start() -> Self {
        let database = database();
        let program = program().on(database.url());
        let directories = [tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap()];
        let a = program.serve(directories[0].path());
        share_issuer_key(directories[0].path(), directories[1].path());
        let b = program.serve(directories[1].path());
        Self { a, b, directories, database }
    }

    /// The store's address.
    fn database_url(&self) -> &str {
        self.database.url()
    }

    /// The data directory of a node that has only the key that the store began with.
    fn stale_directory(&self) -> std::path::PathBuf {
        let stale = self.directories[0].path().join("stale");
        DirBuilder::new().mode(0o700).create(&stale).unwrap();
        let keys = std::fs::read(self.directories[0].path().join("issuer-key.json")).unwrap();
        let mut keys: Value = serde_json::from_slice(&keys).unwrap();
        keys["keys"].as_array_mut().unwrap().truncate(1);
        std::fs::write(stale.join("issuer-key.json"), keys.to_string()).unwrap();
        stale
    }

    /// A client of each node, with one token.
    fn clients(&self) -> [Http; 2] {
        let http = Http::of(&self.a);
        let other = http.at(&self.b);
        [http, other]
    }
}

/// A PostgreSQL that a test may end and set as it likes.
fn cluster(settings: &[(&str, &str)]) -> Cluster {
    Cluster::start(Options { settings, ..Options::default() }).unwrap()
}

/// Sets whether transactions that begin from now on can write: `on` or `off`.
fn set_read_only(cluster: &Cluster, value: &str) {
    let url = cluster.url("postgres");
    // Two commands: the first must not be in a transaction with another.
    psql(&url, &format!("ALTER SYSTEM SET default_transaction_read_only = {value}")).unwrap();
    psql(&url, "SELECT pg_reload_conf()").unwrap();
}

/// Writes a configuration into `directory`; the file's path.
fn configured(directory: &Path, text: &str) -> String {
    let file = directory.join("interdict.toml");
    std::fs::write(&file, text).unwrap();
    file.to_str().unwrap().to_owned()
}

/// Makes `to` the data directory of another node, as an operator does.
pub(crate) fn share_issuer_key(from: &Path, to: &Path) {
    if !to.exists() {
        DirBuilder::new().mode(0o700).create(to).unwrap();
    }
    std::fs::copy(from.join("issuer-key.json"), to.join("issuer-key.json")).unwrap();
    std::fs::set_permissions(to.join("issuer-key.json"), Permissions::from_mode(0o600)).unwrap();
}

/// What `/readyz` says: its status, and its causes in one text.
async fn readiness(url: &str) -> (u16, String) {
    let answer = Http::to(url, String::new()).get("/readyz").await;
    let causes = answer.body["causes"].as_array().cloned().unwrap_or_default();
    let causes: Vec<_> = causes.iter().map(|cause| cause.as_str().unwrap()).collect();
    (answer.status.as_u16(), causes.join("; "))
}

/// Waits until `/readyz` answers with `status` and a cause in which `word` is; how long it took, and the causes.
async fn until_readiness(url: &str, status: u16, word: &str, patience: Duration) -> (Duration, String) {
    let begun = Instant::now();
    loop {
        let (found, causes) = readiness(url).await;
        if found == status && causes.contains(word) {
            return (begun.elapsed(), causes);
        }
        assert!(begun.elapsed() < patience, "after {patience:?} /readyz is {found}: {causes}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

/// Waits until a child has said `word` on stderr.
async fn until_said(process: &Process, word: &str) {
    let begun = Instant::now();
    while !process.stderr().contains(word) {
        assert!(begun.elapsed() < ANSWERED, "`{word}` is not said; stderr:\n{}", process.stderr());
        tokio::time::sleep(Duration::from_millis(25)).await;
    }
}

/// Waits until a filing is accepted; it, and how long that took.
async fn until_filed(http: &Http, reason: &str, patience: Duration) -> (Duration, Answer) {
    let begun = Instant::now();
    loop {
        let answer = http.file(reason).await.unwrap();
        if answer.status == 201 {
            return (begun.elapsed(), answer);
        }
        assert_refused_for_now(&answer);
        assert!(begun.elapsed() < patience, "writes are refused after {patience:?}: {}", answer.body);
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

/// Asserts that nothing happened, and that the client is told when to come back: within the bounds that SDKs keep to.
fn assert_refused_for_now(answer: &Answer) {
    assert_eq!(answer.status, 503, "{}", answer.body);
    assert!(answer.is_graph_error(), "{}", answer.body);
    assert!(answer.retry_after.is_some_and(|it| (1..180).contains(&it)), "{:?}", answer.retry_after);
}

/// A request, answered in time.
async fn timely(http: &Http, method: Method, path: &str, body: Option<Value>) -> Answer {
    let begun = Instant::now();
    let answer = http.call(method.clone(), path, body).await.unwrap();
    let took = begun.elapsed();
    assert!(took < ANSWERED, "{method} {path} took {took:?}: {} {}", answer.status, answer.body);
    answer
}

/// Asks the token endpoint at `url` for a token with the credentials of the first start; the status, and when to come
/// back.
async fn issued(url: &str, data_dir: &Path) -> (u16, Option<u64>) {
    let bootstrap: Value =
        serde_json::from_slice(&std::fs::read(data_dir.join("bootstrap.json")).unwrap()).unwrap();
    let word = |name: &str| bootstrap[name].as_str().unwrap().to_owned();
    let form = format!(
        "grant_type=client_credentials&client_id={}&client_secret={}&scope=api://interdict/.default",
        word("clientId"),
        word("clientSecret")
    );
    let request = builder().build().unwrap().post(format!("{url}/{}/oauth2/v2.0/token", word("tenantId")));
    let request = request.header("content-type", "application/x-www-form-urlencoded").body(form);
    let answer = request.send().await.unwrap();
    let retry_after = answer.headers().get("retry-after").map(|it| it.to_str().unwrap().parse().unwrap());
    (answer.status().as_u16(), retry_after)
}

/// Every kind of read and of write, on the action `id`.
fn reads_and_writes(id: &str) -> (Vec<String>, Vec<(Method, String, Value)>) {
    let action = format!("{ACTIONS}/{id}");
    let reads = vec![action.clone(), ACTIONS.to_owned(), format!("{ACTIONS}/$count")];
    let writes = vec![
        (Method::POST, ACTIONS.to_owned(), block("refused")),
        (Method::PATCH, action.clone(), json!({"actionReason": "refused"})),
        (Method::POST, format!("{action}/cancelSecurityAction"), json!({})),
    ];
    (reads, writes)
}

/// Asserts that the journal is whole.
fn assert_verified(server: &RunningServer) {
    let verified = server.run(&["audit", "verify"]);
    assert!(verified.status.success(), "{}", verified.stderr);
}
