//! PgBouncer in transaction mode between the nodes and their database: nothing outlives a transaction, and a pool that
//! is smaller than what the nodes open suffices.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use interdict_cluster::psql;
use interdict_testkit::between::Pooler;
use interdict_testkit::process::RunningServer;
use reqwest::Method;
use serde_json::{Value, json};

use super::{cluster, configured, issued, share_issuer_key};
use crate::http::{ACTIONS, Http, block};
use crate::program;

const CLIENTS: usize = 32;
const ROUNDS: usize = 4;
/// Two nodes open up to 18 between them.
const CONNECTIONS: usize = 5;

/// What one client does, each step on the node that its number says: everything that uses the store.
async fn work(nodes: [Http; 2], number: usize) {
    for round in 0..ROUNDS {
        let (here, there) = (&nodes[(number + round) % 2], &nodes[(number + round + 1) % 2]);
        let mut body = block("pooled");
        body["clientContext"] = Value::from(format!("{number} {round}"));
        let filed = here.call(Method::POST, ACTIONS, Some(body)).await.unwrap();
        assert_eq!(filed.status, 201, "{}", filed.body);
        let path = format!("{ACTIONS}/{}", filed.id());
        let change = json!({"status": "Completed", "actionReason": number.to_string()});
        let changed = there.call_on(&filed.etag, Method::PATCH, &path, change).await.unwrap();
        assert_eq!(changed.status, 200, "{}", changed.body);
        let read = here.get(&path).await;
        assert_eq!((read.status.as_u16(), &read.etag), (200, &changed.etag), "{}", read.body);
        // The page of another shape each time: statements are not kept.
        let query = format!("{ACTIONS}?$top={}&$count=true&$filter=status eq 'Completed'", 1 + number % 5);
        let listed = there.get(&query).await;
        assert_eq!(listed.status, 200, "{}", listed.body);
        assert_eq!(here.get(&format!("{ACTIONS}/$count")).await.status, 200);
        if round % 2 == 0 {
            let deleted = there.call(Method::DELETE, &path, None).await.unwrap();
            assert_eq!(deleted.status, 204, "{}", deleted.body);
            assert_eq!(here.get(&path).await.status, 404);
        }
    }
}

/// The most connections that there were to the store until it was over.
async fn watch_connections(url: String, over: Arc<AtomicBool>) -> usize {
    const COUNT: &str = "SELECT count(*) FROM pg_stat_activity WHERE datname = 'store'";
    let mut most = 0;
    while !over.load(Ordering::Relaxed) {
        most = most.max(psql(&url, COUNT).unwrap().trim().parse().unwrap());
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    most
}

fn assert_verified(server: &RunningServer, config: &str) {
    let verified = server.run(&["audit", "verify", "--config", config]);
    assert!(verified.status.success(), "{}", verified.stderr);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_nodes_behind_a_pooler_in_transaction_mode_do_everything_over_five_connections() {
    let cluster = cluster(&[]);
    psql(&cluster.url("postgres"), "CREATE DATABASE store").unwrap();
    let pooler = Pooler::start(&cluster, CONNECTIONS).await;
    let program = program().on(&pooler.url("store"));
    let directory = tempfile::tempdir().unwrap();
    let config = configured(directory.path(), "pooler = true\n");
    let data_dirs = ["a", "b"].map(|name| directory.path().join(name));
    let a = program.serve_with(&data_dirs[0], &["--config", &config]);
    share_issuer_key(&data_dirs[0], &data_dirs[1]);
    let b = program.serve_with(&data_dirs[1], &["--config", &config]);

    let over = Arc::<AtomicBool>::default();
    let watching = tokio::spawn(watch_connections(cluster.url("postgres"), Arc::clone(&over)));
    let http = Http::of(&a);
    let nodes = [http.clone(), http.at(&b)];
    let clients: Vec<_> = (0..CLIENTS).map(|number| tokio::spawn(work(nodes.clone(), number))).collect();
    let tokens: Vec<_> = [&a, &b]
        .map(|node| {
            let (url, data_dir) = (node.url().to_owned(), data_dirs[0].clone());
            tokio::spawn(async move {
                for _ in 0..10 {
                    assert_eq!(issued(&url, &data_dir).await.0, 200);
                }
            })
        })
        .into();
    for task in clients.into_iter().chain(tokens) {
        task.await.unwrap();
    }
    over.store(true, Ordering::Relaxed);
    let most = watching.await.unwrap();

    for node in &nodes {
        assert_eq!(node.get(&format!("{ACTIONS}/$count")).await.body, CLIENTS * ROUNDS / 2);
        assert_eq!(node.get("/readyz").await.status, 200);
    }
    assert_verified(&a, &config);
    assert!((1..=CONNECTIONS).contains(&most), "{most} connections");
    for setting in ["lock_timeout", "idle_in_transaction_session_timeout", "statement_timeout"] {
        let left = psql(&pooler.url("store"), &format!("SHOW {setting}")).unwrap();
        assert_eq!(left.trim(), "0", "{setting} is left to whoever gets the connection next");
    }
    eprintln!("at the most {most} connections to the database; pools:\n{}", pooler.console("SHOW POOLS"));
    for node in [a, b] {
        let stderr = node.process().stderr();
        assert!(!stderr.contains("WARN") && !stderr.contains("ERROR"), "{stderr}");
        node.kill();
    }
}

#[tokio::test]
async fn a_pooler_that_the_configuration_does_not_know_of_is_named_as_the_cause() {
    let cluster = cluster(&[]);
    psql(&cluster.url("postgres"), "CREATE DATABASE store").unwrap();
    let pooler = Pooler::start(&cluster, 1).await;
    let directory = tempfile::tempdir().unwrap();
    // As another node leaves it on the one connection: a statement of the name that the driver begins with.
    psql(&pooler.url("store"), "PREPARE s0 AS SELECT 1").unwrap();
    let refused = program().on(&pooler.url("store")).launch("127.0.0.1:0", directory.path(), &[]).wait();
    assert_eq!(refused.status.code(), Some(2), "{}", refused.stderr);
    assert!(refused.stderr.contains("set `pooler = true`"), "{}", refused.stderr);
}
