//! Every node of a store signs tokens with one key, or a client's token would be good at one node and not at the next.

use interdict_testkit::process::Finished;
use interdict_testkit::store::database;

use super::share_issuer_key;
use crate::http::{ACTIONS, Http};
use crate::program;

/// Asserts that a node was refused for want of the key, with a word on where to get it.
fn assert_refused(finished: &Finished) {
    let lines: Vec<_> = finished.stderr.lines().collect();
    assert_eq!(finished.status.code(), Some(2), "{}", finished.stderr);
    assert_eq!(finished.stdout, "");
    assert!(lines.iter().any(|line| line.starts_with("error: ")), "{}", finished.stderr);
    assert!(
        lines.iter().any(|line| line.starts_with("hint: ") && line.contains("issuer-key.json")),
        "{}",
        finished.stderr
    );
}

#[tokio::test]
async fn a_node_without_the_issuer_key_of_its_store_does_not_start_and_makes_none() {
    let database = database();
    let program = program().on(database.url());
    let [first, empty, other] = [(); 3].map(|()| tempfile::tempdir().unwrap());
    let server = program.serve(first.path());

    assert_refused(&program.launch("127.0.0.1:0", empty.path(), &[]).wait());
    let left: Vec<_> = std::fs::read_dir(empty.path()).unwrap().map(|it| it.unwrap().file_name()).collect();
    assert!(left.is_empty(), "{left:?}");

    // A key of its own, as the data directory of another store has it.
    let _ = crate::program().serve(other.path()).terminate();
    let own = std::fs::read(other.path().join("issuer-key.json")).unwrap();
    std::fs::remove_file(other.path().join("interdict.db")).unwrap();
    assert_refused(&program.launch("127.0.0.1:0", other.path(), &[]).wait());
    assert_eq!(std::fs::read(other.path().join("issuer-key.json")).unwrap(), own, "it is not touched");

    // Neither attempt disturbed the first, and with the key the second starts.
    let http = Http::of(&server);
    assert_eq!(http.get(ACTIONS).await.status, 200);
    share_issuer_key(first.path(), empty.path());
    let second = program.serve(empty.path());
    assert_eq!(
        http.at(&second).get(ACTIONS).await.status,
        200,
        "the first node's token is good at the second"
    );
    assert!(!empty.path().join("bootstrap.json").exists(), "the first node has the credentials");
}
