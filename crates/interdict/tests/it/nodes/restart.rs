//! Nodes are restarted one after the other, behind a balancer, while clients go on: no request fails.

use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use interdict_cluster::spare_port;
use interdict_testkit::between::Balancer;
use interdict_testkit::process::{Program, RunningServer};
use interdict_testkit::store::database;
use reqwest::Method;
use serde_json::{Value, json};

use super::{assert_verified, configured, share_issuer_key};
use crate::http::{ACTIONS, Answer, Http, READ_WRITE};
use crate::program;

const CLIENTS: usize = 200;
/// How long clients work before, between and after restarts.
const WORK: Duration = Duration::from_secs(1);
/// Many rounds of the balancer's checks; without a notice some requests fail.
const CONFIGURATION: &str = "[limits]\nnotice = \"2s\"\n";

/// What one client knows.
#[derive(Default)]
struct Log {
    /// The version of each action that was last acknowledged.
    acked: HashMap<String, String>,
    requests: usize,
    failures: Vec<String>,
}

impl Log {
    /// Notes what became of a request; the answer where it is the expected one.
    fn note(&mut self, what: &str, expected: u16, outcome: reqwest::Result<Answer>) -> Option<Answer> {
        self.requests += 1;
        match outcome {
            Ok(answer) if answer.status == expected => return Some(answer),
            Ok(answer) => self.failures.push(format!("{what}: {} {}", answer.status, answer.body)),
            Err(error) => self.failures.push(format!("{what}: {error:?}")),
        }
        None
    }
}

/// Files actions, changes, reads and lists them in a closed loop until it is over.
async fn work(http: Http, over: Arc<AtomicBool>) -> Log {
    let mut log = Log::default();
    while !over.load(Ordering::Relaxed) {
        let filed = http.file("0").await;
        let Some(filed) = log.note("POST", 201, filed) else { continue };
        let (id, path) = (filed.id(), format!("{ACTIONS}/{}", filed.id()));
        log.acked.insert(id.clone(), filed.etag);
        let change = json!({"actionReason": "1", "status": "Completed"});
        let changed = http.call(Method::PATCH, &path, Some(change)).await;
        let Some(changed) = log.note("PATCH", 200, changed) else { continue };
        log.acked.insert(id, changed.etag.clone());
        let read = http.call(Method::GET, &path, None).await;
        if let Some(read) = log.note("GET", 200, read)
            && read.etag != changed.etag
        {
            log.failures.push(format!("GET shows {} after {}", read.etag, changed.etag));
        }
        let listed = http.call(Method::GET, &format!("{ACTIONS}?$top=3"), None).await;
        log.note("list", 200, listed);
    }
    log
}

/// Ends a node as an operator does, and starts it again where it was.
async fn restart(program: &Program, server: RunningServer, port: u16, config: &str) -> RunningServer {
    let data_dir = server.data_dir().to_owned();
    let finished = server.terminate();
    assert_eq!(finished.status.code(), Some(0), "{}", finished.stderr);
    start(program, &data_dir, port, config)
}

fn start(program: &Program, data_dir: &Path, port: u16, config: &str) -> RunningServer {
    program.launch(&format!("127.0.0.1:{port}"), data_dir, &["--config", config]).ready()
}

/// Every action with its version, as a list of all pages shows them.
async fn everything(http: &Http) -> HashMap<String, String> {
    let mut found = HashMap::new();
    let mut next = format!("{ACTIONS}?$select=id&$top=1000");
    loop {
        let page = http.get(&next).await;
        assert_eq!(page.status, 200, "{}", page.body);
        let text = |value: &Value, name: &str| value[name].as_str().unwrap().to_owned();
        let rows = page.body["value"].as_array().unwrap();
        found.extend(rows.iter().map(|row| (text(row, "id"), text(row, "@odata.etag"))));
        match page.body["@odata.nextLink"].as_str() {
            Some(link) => next = link.split_once("/v1.0").map(|(_, rest)| format!("/v1.0{rest}")).unwrap(),
            None => return found,
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nodes_behind_a_balancer_are_restarted_in_turn_without_a_failed_request() {
    let database = database();
    let program = program().on(database.url());
    let directory = tempfile::tempdir().unwrap();
    let config = configured(directory.path(), CONFIGURATION);
    let data_dirs = ["a", "b"].map(|name| directory.path().join(name));
    let ports = [spare_port().unwrap(), spare_port().unwrap()];
    let mut a = start(&program, &data_dirs[0], ports[0], &config);
    share_issuer_key(&data_dirs[0], &data_dirs[1]);
    let mut b = start(&program, &data_dirs[1], ports[1], &config);
    let balancer = Balancer::start(&ports).await;
    balancer.until_to(&ports).await;

    let token = a.token(&[READ_WRITE]);
    let over = Arc::new(AtomicBool::new(false));
    let clients: Vec<_> = (0..CLIENTS)
        .map(|_| tokio::spawn(work(Http::to(&balancer.url(), token.clone()), Arc::clone(&over))))
        .collect();
    tokio::time::sleep(WORK).await;
    a = restart(&program, a, ports[0], &config).await;
    balancer.until_to(&ports).await;
    tokio::time::sleep(WORK).await;
    b = restart(&program, b, ports[1], &config).await;
    balancer.until_to(&ports).await;
    tokio::time::sleep(WORK).await;
    over.store(true, Ordering::Relaxed);

    let mut all = Log::default();
    for client in clients {
        let log = client.await.unwrap();
        all.requests += log.requests;
        all.failures.extend(log.failures);
        all.acked.extend(log.acked);
    }
    let first: Vec<_> = all.failures.iter().take(5).collect();
    assert!(all.failures.is_empty(), "{} of {} failed: {first:#?}", all.failures.len(), all.requests);
    assert!(all.requests > 10 * CLIENTS, "only {} requests: the load was none", all.requests);
    let found = everything(&Http::to(b.url(), token)).await;
    for (id, etag) in &all.acked {
        assert_eq!(found.get(id), Some(etag), "{id}");
    }
    assert_eq!(found.len(), all.acked.len());
    assert_verified(&a);
    eprintln!("{} requests, {} actions, none lost", all.requests, all.acked.len());
}
