//! What an auditor runs: an export, and its verification without Interdict.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use interdict_testkit::process::{Finished, Process, RunningServer};
use reqwest::Method;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::http::{ACTIONS, Http};
use crate::program;

/// A server whose one journal has six entries and is sealed after the second; its flags.
async fn sealed(data: &Path, flags: &[&str]) -> RunningServer {
    let server = program().serve(data);
    let http = Http::of(&server);
    http.file("sealed").await.unwrap();
    let server = sealing(data, server, flags).await;
    let http = http.at(&server);
    for reason in ["a", "b", "c", "d"] {
        assert_eq!(http.file(reason).await.unwrap().status, 201);
    }
    server
}

/// Files an action and completes it, and removes it where it is to go.
async fn finish(http: &Http, reason: &str, goes: bool) {
    let address = format!("{ACTIONS}/{}", http.file(reason).await.unwrap().id());
    let done = json!({"status": "Completed"});
    assert_eq!(http.call(Method::PATCH, &address, Some(done)).await.unwrap().status, 200);
    if goes {
        assert_eq!(http.call(Method::DELETE, &address, None).await.unwrap().status, 204);
    }
}

/// The server, started again and its journal sealed once more.
async fn sealing(data: &Path, server: RunningServer, flags: &[&str]) -> RunningServer {
    let _ = server.terminate();
    let sealed = |database: &rusqlite::Connection| {
        database.query_row("SELECT sealed FROM head", [], |row| row.get::<_, i64>(0)).unwrap()
    };
    let database = rusqlite::Connection::open(data.join("interdict.db")).unwrap();
    assert_eq!(database.execute("UPDATE duty SET due = 0", []).unwrap(), 1);
    let before = sealed(&database);
    drop(database);
    let server = program().serve_with(data, flags);
    let database = rusqlite::Connection::open(data.join("interdict.db")).unwrap();
    let begun = std::time::Instant::now();
    while sealed(&database) == before {
        assert!(begun.elapsed().as_secs() < 20, "nothing was sealed");
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    server
}

/// Verifies an export by the script of the documentation, with a Python that can check signatures.
fn script(export: &str, keys: &[&str]) -> Finished {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let python: PathBuf = root.join("target/sdk/python/bin/python");
    let mut command = Command::new(python);
    let mut file = tempfile::tempfile().unwrap();
    file.write_all(export.as_bytes()).unwrap();
    std::io::Seek::rewind(&mut file).unwrap();
    let command = command.arg(root.join("docs/verify_journal.py")).args(keys).stdin(Stdio::from(file));
    Process::spawn(command).wait()
}

#[tokio::test]
async fn a_script_verifies_an_export_and_names_the_line_that_does_not_hold() {
    let home = tempfile::tempdir().unwrap();
    let server = sealed(&home.path().join("data"), &[]).await;
    let export = server.run(&["audit", "export"]);
    assert!(export.status.success(), "{}", export.stderr);
    let export = export.stdout;
    let lines: Vec<_> = export.lines().collect();
    // Header, key, two entries, seal, four entries, head, end.
    assert_eq!(lines.len(), 11, "{export}");
    assert!(lines[4].starts_with("{\"seal\""), "{export}");
    let good = script(&export, &[]);
    assert_eq!((good.status.code(), good.stderr.as_str()), (Some(0), ""));
    assert!(good.stdout.starts_with("tenants 1, entries 6, seals 1: they hold\n"), "{}", good.stdout);
    let key: Value = serde_json::from_str(lines[1]).unwrap();
    assert_eq!(script(&export, &[key["key"]["id"].as_str().unwrap()]).status.code(), Some(0));

    let with = |line: usize, other: &str| {
        let mut lines = lines.clone();
        lines[line] = other;
        lines.join("\n")
    };
    let without = |line: usize| [&lines[..line], &lines[line + 1..]].concat().join("\n");
    let mut swapped = lines.clone();
    swapped.swap(6, 7);
    let altered = |line: usize, member: &str, value: Value| {
        let mut object: Value = serde_json::from_str(lines[line]).unwrap();
        object.as_object_mut().unwrap().values_mut().next().unwrap()[member] = value;
        with(line, &object.to_string())
    };
    let forged = altered(4, "signature", "00".repeat(64).into());
    for (what, export, line, reason) in [
        ("an altered entry", with(6, &lines[6].replace("1.2.3.4", "6.6.6.6")), 7, "it was altered"),
        ("a removed entry", without(6), 7, "missing or out of order"),
        ("swapped entries", swapped.join("\n"), 7, "missing or out of order"),
        ("an entry that stands twice", with(9, lines[8]), 10, "missing or out of order"),
        ("no header", without(0), 1, "the header is missing"),
        ("no head", without(9), 10, "has no head"),
        ("no end", without(10), 11, "was cut off"),
        ("the last entry cut", without(8), 9, "the head is not that"),
        ("something behind the end", format!("{export}{}", lines[5]), 12, "behind the end"),
        ("other counts", altered(10, "entries", 5.into()), 11, "what there is"),
        ("a forged seal", forged, 5, "signature does not hold"),
        ("a seal of another instant", altered(4, "at", 1.into()), 5, "signature does not hold"),
        ("a seal of another entry", altered(4, "sequence", 1.into()), 5, "the seal is not that"),
        ("a seal of an unknown key", without(1), 4, "is not known"),
        ("a seal after its key was revoked", altered(1, "revoked", 1.into()), 5, "was revoked before"),
        ("a key of another name", altered(1, "id", "other".into()), 2, "does not have its name"),
        ("a line that is none", with(3, "[1]"), 4, "line 4"),
        ("a number too large", altered(6, "at", 1e300.into()), 7, "line 7"),
    ] {
        let bad = script(&export, &[]);
        assert_eq!(bad.status.code(), Some(1), "{what}: {}", bad.stdout);
        assert!(bad.stderr.starts_with(&format!("line {line}")), "{what}: {}", bad.stderr);
        assert!(bad.stderr.contains(reason) && !bad.stderr.contains("Traceback"), "{what}: {}", bad.stderr);
    }
    let other_key = script(&export, &["another"]);
    assert!(other_key.stderr.contains("is not known"), "{}", other_key.stderr);
}

#[tokio::test]
async fn what_was_deleted_is_pruned_beside_a_running_server_or_without_one() {
    let home = tempfile::tempdir().unwrap();
    let data = home.path().join("data");
    let server = program().serve(&data);
    let http = Http::of(&server);
    finish(&http, "goes", true).await;
    finish(&http, "stays", false).await;
    let server = sealing(&data, server, &[]).await;
    let before = server.run(&["audit", "export"]).stdout;
    let recent = server.run(&["audit", "prune", "--keep-days", "1"]);
    assert_eq!(recent.stdout, "there is nothing to remove\n", "{}", recent.stderr);
    let dry = server.run(&["audit", "prune", "--keep-days", "0", "--dry-run"]);
    assert!(
        dry.stdout.ends_with("  6            3        3\nnothing was changed\n"),
        "{}{}",
        dry.stdout,
        dry.stderr
    );
    assert_eq!(server.run(&["audit", "export"]).stdout, before);
    let missing = server.run(&["audit", "prune", "--keep-days", "0", "--tenant", &Uuid::nil().to_string()]);
    assert!(missing.stderr.contains("has no journal"), "{}", missing.stderr);

    let pruned = server.run(&["audit", "prune", "--keep-days", "0"]);
    assert!(pruned.stdout.contains("  6            3        3\n"), "{}{}", pruned.stdout, pruned.stderr);
    let verified = server.run(&["audit", "verify"]);
    assert!(verified.stdout.contains("entries  4\nactions  1\n"), "{}{}", verified.stdout, verified.stderr);
    let export = server.run(&["audit", "export"]).stdout;
    assert!(!export.contains("goes") && export.contains("stays"), "{export}");
    let read = script(&export, &[]);
    assert!(read.stdout.starts_with("tenants 1, entries 4, seals 1: they hold"), "{}", read.stderr);
    let lines: Vec<_> = export.lines().collect();
    let without = |line: usize| [&lines[..line], &lines[line + 1..]].concat().join("\n");
    // Header, key, pruning, three entries, the seal of the last, the entry of the pruning, head, end.
    assert_eq!(lines.len(), 10, "{export}");
    for (what, export, reason) in [
        ("a kept entry removed", without(4), "not those that were kept"),
        ("no pruning", without(2), "missing or out of order"),
        ("another pruning", export.replace("\"kept\":3", "\"kept\":2"), "not those that were kept"),
        ("one that is not recorded", without(7), "the head is not that"),
    ] {
        let bad = script(&export, &[]);
        assert!(bad.status.code() == Some(1) && bad.stderr.contains(reason), "{what}: {}", bad.stderr);
    }

    // Of what was noted of an entry that is gone nothing can be said.
    let anchors = home.path().join("before.jsonl");
    let gone: Value =
        serde_json::from_str(before.lines().find(|line| line.contains("\"sequence\":4,")).unwrap()).unwrap();
    let gone = ["tenant", "sequence", "hash"].map(|name| (name.to_owned(), gone["entry"][name].clone()));
    let gone = json!({"head": Value::from_iter(gone)});
    std::fs::write(&anchors, format!("{before}{gone}\n")).unwrap();
    let anchored = server.run(&["audit", "verify", "--anchor", anchors.to_str().unwrap()]);
    let expected = ["anchors                    2\n", "anchors of pruned entries  1\n"].concat();
    assert!(anchored.stdout.contains(&expected), "{}{}", anchored.stdout, anchored.stderr);
    finish(&http.at(&server), "goes too", true).await;
    let _ = sealing(&data, server, &[]).await.terminate();
    let flags = ["audit", "prune", "--keep-days", "0", "--data-dir", data.to_str().unwrap()];
    let alone = program().run(&flags);
    assert!(alone.stdout.contains("  3        4\n"), "{}{}", alone.stdout, alone.stderr);
    let verified = verify(&data, &["--anchor", anchors.to_str().unwrap()]);
    assert!(verified.stdout.contains(&expected), "{}{}", verified.stdout, verified.stderr);
    assert_eq!(program().run(&flags).stdout, "there is nothing to remove\n");
}

#[tokio::test]
async fn an_export_is_of_the_tenants_that_are_named() {
    let home = tempfile::tempdir().unwrap();
    let server = program().serve(&home.path().join("data"));
    let other = "9188040d-6c67-4c5b-b112-36a304b66dad";
    let role = "SecurityActions.Read.All";
    let added = server.run(&["app", "add", "--name", "ci", "--role", role, "--tenant", other]);
    assert!(added.status.success(), "{}", added.stderr);
    assert!(server.run(&["audit", "export"]).stdout.starts_with("{\"export\":{\"format\":1,\"epoch\":"));
    let output = home.path().join("export.jsonl");
    let one = server.run(&["audit", "export", "--tenant", other, "--output", output.to_str().unwrap()]);
    assert!(one.status.success(), "{}", one.stderr);
    let one = std::fs::read_to_string(output).unwrap();
    assert_eq!(one.lines().filter(|line| line.starts_with("{\"entry\"")).count(), 1);
    assert!(one.contains(&format!("{{\"head\":{{\"tenant\":\"{other}\",\"sequence\":1,")), "{one}");
    let verified = script(&one, &[]);
    assert!(verified.stdout.starts_with("tenants 1, entries 1, seals 0"), "{}", verified.stderr);
    let unknown = server.run(&["audit", "export", "--tenant", "00000000-0000-0000-0000-000000000001"]);
    assert_eq!((unknown.status.code(), unknown.stdout.as_str()), (Some(1), ""));
    assert!(unknown.stderr.contains("1 have no journal"), "{}", unknown.stderr);
}

fn verify(data: &Path, flags: &[&str]) -> Finished {
    program().run(&[&["audit", "verify", "--data-dir", data.to_str().unwrap()], flags].concat())
}

fn tamper(data: &Path, sql: &str) {
    rusqlite::Connection::open(data.join("interdict.db")).unwrap().execute_batch(sql).unwrap();
}

#[tokio::test]
async fn a_cut_end_is_found_by_what_was_logged_or_exported() {
    let home = tempfile::tempdir().unwrap();
    for format in ["text", "json"] {
        let data = home.path().join(format);
        let server = sealed(&data, &["--log-format", format]).await;
        let export = home.path().join("export.jsonl");
        std::fs::write(&export, server.run(&["audit", "export"]).stdout).unwrap();
        let log = home.path().join("server.log");
        std::fs::write(&log, server.terminate().stderr).unwrap();
        let (log, export) = (log.to_str().unwrap(), export.to_str().unwrap());
        let good = verify(&data, &["--anchor", log, "--anchor", export]);
        assert!(good.status.success(), "{}", good.stderr);
        // The log's seal; the export's, and its head.
        assert!(good.stdout.contains("seals    1\nanchors  3\n"), "{}", good.stdout);

        // Everything but the first entry, and every trace of the rest.
        tamper(
            &data,
            "DELETE FROM journal WHERE sequence > 1; DELETE FROM action; DELETE FROM parameter; DELETE FROM seal; \
             UPDATE head SET sealed = 0, sequence = 1, hash = (SELECT hash FROM journal), \
             at = (SELECT at FROM journal)",
        );
        let cut = verify(&data, &[]);
        assert!(cut.status.success(), "{}", cut.stderr);
        for anchor in [log, export] {
            let found = verify(&data, &["--anchor", anchor]);
            assert_eq!(found.status.code(), Some(1), "{}", found.stdout);
            let expected = "error: the journal does not hold at entry 2 of tenant ";
            assert!(found.stderr.starts_with(expected), "{}", found.stderr);
            assert!(found.stderr.contains("was cut or rewritten before"), "{}", found.stderr);
        }
        let none = verify(&data, &["--anchor", data.join("bootstrap.json").to_str().unwrap()]);
        assert_eq!(none.status.code(), Some(1));
        assert!(none.stderr.contains("there is no anchor in"), "{}", none.stderr);
    }
}

#[tokio::test]
async fn rows_seals_and_keys_are_verified() {
    let home = tempfile::tempdir().unwrap();
    let data = home.path().join("data");
    let _ = sealed(&data, &[]).await.terminate();
    let copy = std::fs::read(data.join("interdict.db")).unwrap();
    for (sql, expected) in [
        (
            "UPDATE action SET doc = replace(doc, '1.2.3.4', '6.6.6.6') WHERE sequence = 4",
            "at entry 4 of tenant",
        ),
        ("UPDATE action SET tenant = tenant + 1 WHERE sequence = 4", "at entry 4 of tenant"),
        (
            "UPDATE app SET doc = replace(doc, '\"roles\":[', '\"roles\":[\"AuditLog.Read.All\",')",
            "at entry 1 of tenant",
        ),
        (
            "INSERT INTO filing SELECT tenant, 'a', 'c', id, zeroblob(32) FROM action WHERE sequence = 2",
            "as a whole of tenant",
        ),
        ("UPDATE seal SET signature = zeroblob(64)", "at entry 2 of tenant"),
    ] {
        std::fs::write(data.join("interdict.db"), &copy).unwrap();
        tamper(&data, sql);
        let found = verify(&data, &[]);
        assert_eq!(found.status.code(), Some(1), "{sql}: {}", found.stdout);
        assert!(found.stderr.contains(expected), "{sql}: {}", found.stderr);
        for file in ["interdict.db-wal", "interdict.db-shm"] {
            let _ = std::fs::remove_file(data.join(file));
        }
    }
    std::fs::write(data.join("interdict.db"), &copy).unwrap();
    let id = rusqlite::Connection::open(data.join("interdict.db"))
        .unwrap()
        .query_row("SELECT key FROM seal", [], |row| row.get::<_, String>(0))
        .unwrap();
    let trusted = verify(&data, &["--key", &id]);
    assert!(trusted.status.success(), "{}", trusted.stderr);
    let others = verify(&data, &["--key", "another"]);
    assert!(others.stderr.contains(&format!("is of the unknown key `{id}`")), "{}", others.stderr);
    let hyphen = verify(&data, &["--key", "-8another"]);
    assert!(hyphen.stderr.contains("is of the unknown key"), "{}", hyphen.stderr);
    tamper(&data, "DELETE FROM shared_key WHERE kind = 2");
    // The node's own file has the key too.
    let own = verify(&data, &[]);
    assert!(own.status.success(), "{}", own.stderr);
    std::fs::remove_file(data.join("seal-key.json")).unwrap();
    let unknown = verify(&data, &[]);
    assert!(unknown.stderr.contains("is of the unknown key"), "{}", unknown.stderr);
}
