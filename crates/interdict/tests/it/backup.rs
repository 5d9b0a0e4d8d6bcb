//! Backup and restore: a copy taken under load is whole, and what is not is refused.

use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use interdict_cluster::client;
use interdict_testkit::process::{Finished, RunningServer};
use interdict_testkit::store;
use reqwest::Method;
use serde_json::json;

use crate::http::{ACTIONS, Http};
use crate::program;

pub(crate) fn restore(copy: &Path, data: &Path) -> Finished {
    program().run(&["restore", copy.to_str().unwrap(), "--data-dir", data.to_str().unwrap()])
}

pub(crate) fn backup(server: &RunningServer, copy: &Path) -> Finished {
    server.run(&["backup", copy.to_str().unwrap()])
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_copy_taken_under_load_has_what_was_acknowledged_before_and_hangs_together() {
    let home = tempfile::tempdir().unwrap();
    let server = program().serve(&home.path().join("data"));
    let http = Http::of(&server);
    let mut before = Vec::new();
    for number in 0..20 {
        let filed = http.file(&format!("before {number}")).await.unwrap();
        before.push((filed.id(), filed.etag));
    }
    let changes = http.get(&format!("{ACTIONS}/delta?$deltatoken=latest")).await.body;
    let changes = changes["@odata.deltaLink"].as_str().unwrap().split_once(ACTIONS).unwrap().1.to_owned();
    // They write on while the copy is taken.
    let stop = tokio::sync::watch::Sender::new(false);
    let writers: Vec<_> = (0..4)
        .map(|writer| {
            let (http, stop) = (http.clone(), stop.subscribe());
            tokio::spawn(async move {
                let mut count = 0;
                while !*stop.borrow() {
                    assert_eq!(http.file(&format!("during, by {writer}")).await.unwrap().status, 201);
                    count += 1;
                }
                count
            })
        })
        .collect();
    let copy = home.path().join("copy.db");
    let (server, copied) = {
        let copy = copy.clone();
        tokio::task::spawn_blocking(move || {
            let copied = backup(&server, &copy);
            (server, copied)
        })
        .await
        .unwrap()
    };
    stop.send_replace(true);
    let mut during = 0;
    for writer in writers {
        during += writer.await.unwrap();
    }
    assert!(copied.status.success(), "{}", copied.stderr);
    assert!(copied.stdout.starts_with("tenants  1\n"), "{}", copied.stdout);
    assert!(during > 0, "nobody wrote meanwhile");
    assert_eq!(std::fs::metadata(&copy).unwrap().permissions().mode() & 0o777, 0o600);
    assert!(server.run(&["audit", "verify"]).status.success());

    let data = home.path().join("restored");
    let restored = restore(&copy, &data);
    assert!(restored.status.success(), "{}", restored.stderr);
    // The keys are files beside the store.
    std::fs::copy(home.path().join("data/issuer-key.json"), data.join("issuer-key.json")).unwrap();
    let again = program().serve(&data);
    let old = http.at(&again);
    for (id, etag) in &before {
        let answer = old.get(&format!("{ACTIONS}/{id}")).await;
        assert_eq!(answer.status, 200);
        assert_ne!(&answer.etag, etag, "a restored store has an epoch of its own");
        let path = format!("{ACTIONS}/{id}");
        let body = json!({"actionReason": "of the old epoch"});
        assert_eq!(old.call_on(etag, Method::PATCH, &path, body).await.unwrap().status, 412);
    }
    assert_eq!(old.get(&format!("{ACTIONS}{changes}")).await.status, 410, "what a token knew may be lost");
    let count = old.get(&format!("{ACTIONS}/$count")).await.body.as_u64().unwrap();
    assert!((20..=20 + during).contains(&count), "{count} of {during}");
    assert_eq!(old.file("and it goes on").await.unwrap().status, 201);
    assert!(again.run(&["audit", "verify"]).status.success());
}

#[test]
fn what_is_no_whole_copy_is_refused_and_leaves_nothing() {
    let home = tempfile::tempdir().unwrap();
    let server = program().serve(&home.path().join("data"));
    let copy = home.path().join("copy.db");
    assert!(backup(&server, &copy).status.success());
    let twice = backup(&server, &copy);
    assert_eq!(twice.status.code(), Some(1));
    assert!(twice.stderr.contains("is there already"), "{}", twice.stderr);

    let file = |name: &str, content: &[u8]| {
        let path = home.path().join(name);
        std::fs::write(&path, content).unwrap();
        path
    };
    let whole = std::fs::read(&copy).unwrap();
    let cut = file("cut.db", &whole[..whole.len() / 2]);
    let no_database = file("text.db", b"not a database at all\n");
    let newer = file("newer.db", &whole);
    rusqlite::Connection::open(&newer).unwrap().pragma_update(None, "user_version", 9_999).unwrap();
    let foreign = home.path().join("foreign.db");
    rusqlite::Connection::open(&foreign).unwrap().execute_batch("CREATE TABLE t (a)").unwrap();
    let altered = file("altered.db", &whole);
    let change = "UPDATE journal SET actor = 'nobody' WHERE sequence = 1";
    rusqlite::Connection::open(&altered).unwrap().execute_batch(change).unwrap();
    let data = home.path().join("restored");
    for (copy, status, expected) in [
        (&cut, 1, "not a whole one"),
        (&no_database, 1, "is not a copy of a store"),
        (&foreign, 1, "is not a copy of a store"),
        (&newer, 2, "newer"),
        (&altered, 1, "the journal does not hold at entry 1 of tenant"),
        (&home.path().join("nothing.db"), 1, "No such file"),
    ] {
        let refused = restore(copy, &data);
        assert_eq!(refused.status.code(), Some(status), "{}", refused.stderr);
        assert!(refused.stderr.contains(expected), "{expected}: {}", refused.stderr);
        assert_eq!(std::fs::read_dir(&data).unwrap().count(), 0, "{expected}: something was left");
    }
    let over = restore(&copy, &home.path().join("data"));
    assert_eq!(over.status.code(), Some(1));
    assert!(over.stderr.contains("there is a store at"), "{}", over.stderr);
    assert!(server.run(&["audit", "verify"]).status.success());
}

#[tokio::test]
async fn postgresql_is_backed_up_by_its_own_tools() {
    let home = tempfile::tempdir().unwrap();
    let (first, second) = (store::database(), store::database());
    let server = program().on(first.url()).serve(&home.path().join("data"));
    let http = Http::of(&server);
    let filed = http.file("before the dump").await.unwrap();
    let refused = backup(&server, &home.path().join("copy.db"));
    assert_eq!(refused.status.code(), Some(2));
    assert!(refused.stderr.contains("pg_dump"), "{}", refused.stderr);

    let dump = home.path().join("dump");
    let mut command = client("pg_dump").unwrap();
    let dumped = command.args(["--format=custom", "--file"]).arg(&dump).arg(first.url()).status().unwrap();
    assert!(dumped.success());
    let mut command = client("pg_restore").unwrap();
    let restored = command.args(["--dbname", second.url()]).arg(&dump).status().unwrap();
    assert!(restored.success());

    let data = home.path().join("restored");
    std::fs::create_dir(&data).unwrap();
    for key in ["issuer-key.json", "seal-key.json"] {
        std::fs::copy(home.path().join("data").join(key), data.join(key)).unwrap();
    }
    let program = program().on(second.url());
    let renewed = program.run(&["restore", "--data-dir", data.to_str().unwrap()]);
    assert!(renewed.status.success(), "{}", renewed.stderr);
    let again = program.serve(&data);
    let answer = http.at(&again).get(&format!("{ACTIONS}/{}", filed.id())).await;
    assert_eq!(answer.status, 200);
    assert_ne!(answer.etag, filed.etag);
    assert!(again.run(&["audit", "verify"]).status.success());
}
