//! The database's password: taken from each of its places, and never shown.

use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use interdict_cluster::{Cluster, Options};
use interdict_testkit::process::{Finished, Program};

use crate::http::{ACTIONS, Http};
use crate::program;

const RIGHT: &str = "right-Guess:1";
const WRONG: &str = "wrong-Guess:2";

/// A file of the owner's alone.
fn file(directory: &Path, name: &str, text: &str) -> PathBuf {
    let path = directory.join(name);
    std::fs::write(&path, text).unwrap();
    std::fs::set_permissions(&path, Permissions::from_mode(0o600)).unwrap();
    path
}

/// A node's command for each place of `password`, and its flags; the files are in `directory`.
fn places(url: &str, password: &str, directory: &Path) -> [(&'static str, Program, Vec<String>); 4] {
    let program = program().on(url);
    let plain = file(directory, "password", &format!("{password}\n"));
    let escaped = password.replace(':', "\\:");
    let table =
        file(directory, "pgpass", &format!("# theirs\nother:*:*:*:no\n*:*:store:interdict:{escaped}\n"));
    let in_url = url.replace("interdict@", &format!("interdict:{}@", password.replace(':', "%3A")));
    let flags = ["--database-password-file", plain.to_str().unwrap()].map(str::to_owned).to_vec();
    [
        ("--database-password-file", program.clone(), flags),
        ("the URL", program.on(&in_url), Vec::new()),
        ("PGPASSWORD", program.with("PGPASSWORD", password), Vec::new()),
        ("PGPASSFILE", program.with("PGPASSFILE", table.to_str().unwrap()), Vec::new()),
    ]
}

fn assert_silent(finished: &Finished) {
    let said = format!("{}{}", finished.stdout, finished.stderr);
    for secret in [RIGHT, WRONG, "Guess", "%3A"] {
        assert!(!said.contains(secret), "{said}");
    }
}

#[tokio::test]
async fn the_databases_password_is_taken_from_each_of_its_places_and_never_shown() {
    let cluster = Cluster::start(Options { password: Some(RIGHT), ..Options::default() }).unwrap();
    // The harness gets in by itself.
    let admin = cluster.url("postgres");
    interdict_cluster::psql(&admin, "CREATE DATABASE store").unwrap();
    let url = format!("postgres://interdict@127.0.0.1:{}/store", cluster.port());
    let directory = tempfile::tempdir().unwrap();
    let data_dir = directory.path().join("data");
    let quick = super::configured(directory.path(), "[limits]\nnotice = '0s'\n");
    for (place, program, flags) in places(&url, RIGHT, directory.path()) {
        let mut flags: Vec<_> = flags.iter().map(String::as_str).collect();
        flags.extend(["--config", &quick, "--log-level", "trace"]);
        let server = program.serve_with(&data_dir, &flags);
        assert_eq!(Http::of(&server).get(ACTIONS).await.status, 200, "{place}");
        assert_silent(&server.terminate());
    }
    for (place, program, flags) in places(&url, WRONG, directory.path()) {
        let mut flags: Vec<_> = flags.iter().map(String::as_str).collect();
        flags.extend(["--log-level", "trace"]);
        let refused = program.launch("127.0.0.1:0", &data_dir, &flags).wait();
        assert_eq!(refused.status.code(), Some(2), "{place}: {}", refused.stderr);
        assert!(refused.stderr.contains("error: "), "{place}: {}", refused.stderr);
        assert!(refused.stderr.contains("password authentication failed"), "{place}: {}", refused.stderr);
        assert_eq!(refused.stdout, "", "{place}");
        assert_silent(&refused);
    }

    // Of two places the first of the documented order counts, and without any the server says so.
    let [(_, first, flags), ..] = places(&url, RIGHT, directory.path());
    let flags: Vec<_> = flags.iter().map(String::as_str).collect();
    let server = first.with("PGPASSWORD", WRONG).serve_with(&data_dir, &flags);
    assert_eq!(Http::of(&server).get(ACTIONS).await.status, 200);
    server.kill();
    let nowhere = directory.path().to_str().unwrap();
    let without = program().on(&url).with("HOME", nowhere).launch("127.0.0.1:0", &data_dir, &[]).wait();
    assert_eq!(without.status.code(), Some(2), "{}", without.stderr);
    assert_silent(&without);
}
