//! Several hosts in the store's address: the one that answers and takes writes is used, also when it changes.

use std::process::Command;
use std::time::Instant;

use interdict_cluster::{Cluster, Ending, psql, spare_port};
use reqwest::Method;
use serde_json::json;

use super::{ANSWERED, assert_verified, cluster, set_read_only, until_filed, until_readiness};
use crate::http::{ACTIONS, Answer, Http};
use crate::program;

/// Asserts that writes and reads are answered; the action as it is then.
async fn assert_serves(http: &Http) -> Answer {
    let filed = http.file("somewhere").await.unwrap();
    assert_eq!(filed.status, 201, "{}", filed.body);
    let path = format!("{ACTIONS}/{}", filed.id());
    let changed = http.call(Method::PATCH, &path, Some(json!({"actionReason": "there"}))).await.unwrap();
    assert_eq!(changed.status, 200, "{}", changed.body);
    assert_eq!(http.get(&path).await.etag, changed.etag);
    assert_eq!(http.get(&format!("{ACTIONS}?$top=1")).await.status, 200);
    changed
}

fn with_store() -> Cluster {
    let cluster = cluster(&[]);
    psql(&cluster.url("postgres"), "CREATE DATABASE store").unwrap();
    cluster
}

fn address(first: u16, second: u16) -> String {
    format!("postgres://interdict@127.0.0.1:{first},127.0.0.1:{second}/store")
}

#[tokio::test]
async fn a_host_that_is_dead_is_passed_over() {
    let alive = with_store();
    let directory = tempfile::tempdir().unwrap();
    let server = program().on(&address(spare_port().unwrap(), alive.port())).serve(directory.path());
    assert_serves(&Http::of(&server)).await;
    until_readiness(server.url(), 200, "", ANSWERED).await;
    assert_verified(&server);
}

#[tokio::test]
async fn of_two_hosts_the_one_that_takes_writes_is_used_also_when_they_change_roles() {
    let (one, other) = (with_store(), with_store());
    set_read_only(&one, "on");
    let directory = tempfile::tempdir().unwrap();
    let server = program().on(&address(one.port(), other.port())).serve(directory.path());
    let http = Http::of(&server);
    let before = assert_serves(&http).await;
    until_readiness(server.url(), 200, "", ANSWERED).await;
    let tables = psql(&one.url("store"), "SELECT to_regclass('action')").unwrap();
    assert_eq!(tables.trim(), "", "nothing is made where nothing can be written");

    // As a failover leaves it: the one has all that the other had, and takes writes.
    set_read_only(&other, "on");
    let (noticed, _) = until_readiness(server.url(), 503, "", ANSWERED).await;
    set_read_only(&one, "off");
    copy(&other, &one);
    let (written, _) = until_filed(&http, "after", ANSWERED).await;
    let (ready, _) = until_readiness(server.url(), 200, "", ANSWERED).await;
    eprintln!("unready after {noticed:?}; written after {written:?}, ready {ready:?} later");
    let read = http.get(&format!("{ACTIONS}/{}", before.id())).await;
    assert_eq!(read.etag, before.etag, "{}", read.body);
    assert_serves(&http).await;
    assert_verified(&server);
    let count = |cluster: &Cluster| psql(&cluster.url("store"), "SELECT count(*) FROM action").unwrap();
    assert_eq!((count(&one).trim(), count(&other).trim()), ("3", "1"));
}

#[tokio::test]
async fn a_leader_that_was_replaced_is_left_though_it_goes_on_taking_writes() {
    let (old, new) = (with_store(), cluster(&[]));
    new.stop(Ending::Fast).unwrap();
    let directory = tempfile::tempdir().unwrap();
    let server = program().on(&address(old.port(), new.port())).serve(directory.path());
    let http = Http::of(&server);
    assert_serves(&http).await;
    server.kill();
    // A standby that has everything, and is promoted while the old leader does not hear of it.
    old.stop(Ending::Fast).unwrap();
    std::fs::remove_dir_all(new.data()).unwrap();
    let copied = Command::new("cp").arg("-a").args([old.data(), new.data()]).status().unwrap();
    assert!(copied.success());
    old.resume().unwrap();
    let server = program().on(&address(old.port(), new.port())).serve(directory.path());
    let http = http.at(&server);
    let before = assert_serves(&http).await;
    until_readiness(server.url(), 200, "", ANSWERED).await;
    std::fs::write(new.data().join("standby.signal"), "").unwrap();
    new.resume().unwrap();
    assert_eq!(psql(&new.url("postgres"), "SELECT pg_promote()").unwrap().trim(), "t");

    let count = |cluster: &Cluster| psql(&cluster.url("store"), "SELECT count(*) FROM action").unwrap();
    let begun = Instant::now();
    while count(&new).trim() == "1" {
        assert!(begun.elapsed() < ANSWERED, "writes go to the old leader: {} there", count(&old).trim());
        until_filed(&http, "somewhere", ANSWERED).await;
    }
    eprintln!("left after {:?}", begun.elapsed());
    let at_old = count(&old);
    // Reads are of the new one as well: it never had what only the old one took.
    let read = http.get(&format!("{ACTIONS}/{}", before.id())).await;
    assert_eq!(read.status, 404, "{}", read.body);
    for _ in 0..20 {
        assert_serves(&http).await;
    }
    assert_eq!(count(&old), at_old, "nothing more is written to the old leader");
    until_readiness(server.url(), 200, "", ANSWERED).await;
}

/// Copies the store, as replication does all along.
fn copy(from: &Cluster, to: &Cluster) {
    let script = "pg_dump --no-owner \"$1\" | psql --no-psqlrc --quiet --single-transaction --set=ON_ERROR_STOP=1 \"$2\"";
    let copied = Command::new("bash")
        .args(["-o", "pipefail", "-c", script, "copy", &from.url("store"), &to.url("store")])
        .output()
        .unwrap();
    assert!(copied.status.success(), "{}", String::from_utf8_lossy(&copied.stderr));
}
