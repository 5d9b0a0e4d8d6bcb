//! A full disk: writes are refused in Graph's shape, reads go on, and writes resume once there is space.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use interdict_cluster::{Cluster, Options, psql};
use interdict_testkit::process::Program;
use reqwest::Method;
use serde_json::{Value, json};

use crate::http::{ACTIONS, Http};
use crate::program;

/// Set within the mount namespace: the directory to mount the small disk on.
const DIRECTORY: &str = "TEST_DISK_DIRECTORY";

/// Runs the very test of that name again in a mount namespace of its own, so that its disk vanishes with it however it
/// ends. Within, the answer is the directory of the small disk.
fn small_disk(test: &str) -> Option<PathBuf> {
    if let Some(directory) = std::env::var_os(DIRECTORY) {
        let directory = PathBuf::from(directory);
        let mut mount = Command::new("mount");
        mount.args(["-t", "tmpfs", "-o", "size=8m", "tmpfs"]).arg(&directory);
        assert!(mount.status().unwrap().success(), "cannot mount a tmpfs on {}", directory.display());
        return Some(directory);
    }
    let directory = tempfile::tempdir().unwrap();
    // As an ordinary user a user namespace is needed as well; as root it may be forbidden.
    let able = |flags: &&str| {
        Command::new("unshare").args([flags, "true"]).status().is_ok_and(|status| status.success())
    };
    let flags = ["-m", "-rm"].iter().find(|flags| able(flags));
    let flags = flags.expect("this test needs a mount namespace: `unshare -rm` as a user, or root");
    let status = Command::new("unshare")
        .args([flags, std::env::current_exe().unwrap().to_str().unwrap(), "--exact", test, "--nocapture"])
        .env(DIRECTORY, directory.path())
        .status()
        .unwrap();
    assert!(status.success(), "it failed in its namespace; the output is above");
    None
}

#[test]
fn a_full_disk_stops_writes_alone_and_only_while_it_is_full() {
    let name = "disk_full::a_full_disk_stops_writes_alone_and_only_while_it_is_full";
    let Some(disk) = small_disk(name) else { return };
    fill_and_free(&program(), &disk, &disk.join("data"));
}

#[test]
fn a_full_disk_of_the_database_stops_writes_alone_and_only_while_it_is_full() {
    let name = "disk_full::a_full_disk_of_the_database_stops_writes_alone_and_only_while_it_is_full";
    let Some(disk) = small_disk(name) else { return };
    let cluster = Cluster::start(Options::default()).unwrap();
    // The log is elsewhere: PostgreSQL ends itself where that has no room.
    let space = cluster.place(&disk.join("space")).unwrap();
    let database = cluster.database("small").unwrap();
    let place = space.display();
    psql(&cluster.url("postgres"), &format!("CREATE TABLESPACE small LOCATION '{place}'")).unwrap();
    psql(&cluster.url("postgres"), "ALTER DATABASE small SET default_tablespace = small").unwrap();
    let data = tempfile::tempdir().unwrap();
    fill_and_free(&program().on(database.url()), &disk, data.path());
    drop(database);
}

#[test]
fn a_full_disk_ends_a_backup_and_leaves_nothing_of_it() {
    let Some(disk) = small_disk("disk_full::a_full_disk_ends_a_backup_and_leaves_nothing_of_it") else {
        return;
    };
    let data = tempfile::tempdir().unwrap();
    let server = program().serve(data.path());
    let ballast = disk.join("ballast");
    std::fs::write(&ballast, vec![1; (8 << 20) - (40 << 10)]).unwrap();
    let copy = disk.join("copy.db");
    let run = || server.run(&["backup", copy.to_str().unwrap()]);
    let full = run();
    assert_eq!(full.status.code(), Some(1));
    assert!(full.stderr.contains("the disk is full"), "{}", full.stderr);
    assert_eq!(std::fs::read_dir(&disk).unwrap().count(), 1, "nothing but the ballast is there");
    std::fs::remove_file(&ballast).unwrap();
    let copied = run();
    assert!(copied.status.success(), "{}", copied.stderr);
}

/// A text of 4,000 characters that no compression makes shorter.
fn text(seed: usize) -> String {
    let mut state = seed as u64 * 2 + 1;
    let mut next = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        char::from(b'!' + 2 + ((state >> 33) % 88) as u8)
    };
    (0..4_000).map(|_| next()).map(|character| if character == '\\' { 'x' } else { character }).collect()
}

#[tokio::main(flavor = "current_thread")]
async fn fill_and_free(program: &Program, disk: &Path, data: &Path) {
    let ballast = disk.join("ballast");
    std::fs::write(&ballast, vec![1; 5 << 20]).unwrap();
    let server = program.serve(data);
    let http = Http::of(&server);
    let mut acked = Vec::new();
    let refusal = loop {
        let answer = http.file(&text(acked.len())).await.unwrap();
        if answer.status != 201 {
            break answer;
        }
        acked.push((answer.id(), answer.etag));
        assert!(acked.len() < 10_000, "the disk does not fill");
    };
    assert!(acked.len() > 20, "only {} writes before the disk was full", acked.len());
    for round in 0..20 {
        let (id, _) = acked.last().unwrap();
        let path = format!("{ACTIONS}/{id}");
        let patch = json!({"actionReason": text(10_000 + round)});
        let answer = http.call(Method::PATCH, &path, Some(patch)).await.unwrap();
        // A small write may still fit; then the disk is not quite full yet.
        if answer.status != 200 {
            assert!(
                matches!(answer.status.as_u16(), 503 | 507) && answer.is_graph_error(),
                "{}",
                answer.body
            );
        } else if let Some(last) = acked.last_mut() {
            last.1 = answer.etag;
        }
    }
    assert!(matches!(refusal.status.as_u16(), 503 | 507), "{} {}", refusal.status, refusal.body);
    assert!(refusal.is_graph_error(), "{}", refusal.body);
    assert_eq!(http.get(&format!("{ACTIONS}?$top=5")).await.status, 200);
    every_one_is_there(&http, &acked).await;

    std::fs::remove_file(&ballast).unwrap();
    let mut resumed = None;
    for _ in 0..200 {
        let answer = http.file("there is space again").await.unwrap();
        if answer.status == 201 {
            resumed = Some(answer);
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let resumed = resumed.expect("writes resume within ten seconds and without a restart");
    acked.push((resumed.id(), resumed.etag));
    every_one_is_there(&http, &acked).await;
    let stderr = server.process().stderr();
    assert!(stderr.contains("status=507"), "the log says that writes were refused: {stderr}");

    // And after a kill as well.
    server.kill();
    let server = program.serve(data);
    let http = http.at(&server);
    every_one_is_there(&http, &acked).await;
    let count = http.get(&format!("{ACTIONS}/$count")).await.body;
    assert_eq!(count, Value::from(acked.len()), "a refused filing is not there");
    let verified = server.run(&["audit", "verify"]);
    assert!(verified.status.success(), "{}", verified.stderr);
    eprintln!("{} writes before the disk was full", acked.len());
}

async fn every_one_is_there(http: &Http, acked: &[(String, String)]) {
    for (id, etag) in acked {
        let answer = http.get(&format!("{ACTIONS}/{id}")).await;
        assert_eq!((answer.status.as_u16(), &answer.etag), (200, etag), "{id}: {}", answer.body);
    }
}
