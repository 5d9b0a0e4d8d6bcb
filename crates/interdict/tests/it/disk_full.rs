//! A full disk: writes are refused in Graph's shape, reads go on, and writes resume once there is space.

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use reqwest::Method;
use serde_json::{Value, json};

use crate::http::{ACTIONS, Http};
use crate::program;

const NAME: &str = "disk_full::a_full_disk_stops_writes_alone_and_only_while_it_is_full";
/// Set within the mount namespace: the directory to mount the small disk on.
const DIRECTORY: &str = "TEST_DISK_DIRECTORY";

/// Runs this very test again in a mount namespace of its own, so that its disk vanishes with it however it ends.
fn run_in_namespace() {
    let directory = tempfile::tempdir().unwrap();
    // As an ordinary user a user namespace is needed as well; as root it may be forbidden.
    let able = |flags: &&str| {
        Command::new("unshare").args([flags, "true"]).status().is_ok_and(|status| status.success())
    };
    let flags = ["-rm", "-m"].iter().find(|flags| able(flags));
    let flags = flags.expect("this test needs a mount namespace: `unshare -rm` as a user, or root");
    let status = Command::new("unshare")
        .args([flags, std::env::current_exe().unwrap().to_str().unwrap(), "--exact", NAME, "--nocapture"])
        .env(DIRECTORY, directory.path())
        .status()
        .unwrap();
    assert!(status.success(), "it failed in its namespace; the output is above");
}

#[test]
fn a_full_disk_stops_writes_alone_and_only_while_it_is_full() {
    let Some(directory) = std::env::var_os(DIRECTORY) else { return run_in_namespace() };
    let directory = Path::new(&directory);
    let mounted = Command::new("mount")
        .args(["-t", "tmpfs", "-o", "size=8m", "tmpfs"])
        .arg(directory)
        .status()
        .unwrap();
    assert!(mounted.success(), "cannot mount a tmpfs on {}", directory.display());
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(fill_and_free(directory));
}

async fn fill_and_free(directory: &Path) {
    let ballast = directory.join("ballast");
    std::fs::write(&ballast, vec![1; 5 << 20]).unwrap();
    let data = directory.join("data");
    let server = program().serve(&data);
    let http = Http::of(&server);
    let mut acked = Vec::new();
    let refusal = loop {
        let answer = http.file(&"x".repeat(4_000)).await.unwrap();
        if answer.status != 201 {
            break answer;
        }
        acked.push((answer.id(), answer.etag));
        assert!(acked.len() < 10_000, "the disk does not fill");
    };
    assert!(acked.len() > 20, "only {} writes before the disk was full", acked.len());
    for _ in 0..20 {
        let (id, _) = acked.last().unwrap();
        let path = format!("{ACTIONS}/{id}");
        let patch = json!({"actionReason": "y".repeat(4_000)});
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
    let server = program().serve(&data);
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
