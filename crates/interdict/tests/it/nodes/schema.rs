//! Nodes of two versions on one store: a later version may change the schema while an earlier one serves.

use std::time::Duration;

use interdict_testkit::store::{Database, database};

use super::{assert_verified, until_readiness};
use crate::http::{ACTIONS, Http};
use crate::program;

/// What the migration of a later version leaves behind; `compatible` is the oldest schema whose programs may go on.
fn migrate_beyond(database: &Database, compatible: u64) {
    let hash = "00".repeat(32);
    database
        .run(&format!(
            "BEGIN; INSERT INTO migration (number, sha256) VALUES (1000, '\\x{hash}'); \
             UPDATE meta SET value = '\\x{:016x}{compatible:016x}' WHERE key = 'compatible'; COMMIT",
            1000
        ))
        .unwrap();
}

#[tokio::test]
async fn a_node_that_is_too_old_for_the_schema_does_not_start_and_one_that_is_not_serves() {
    for (compatible, admitted) in [(1, true), (1000, false)] {
        let database = database();
        let program = program().on(database.url());
        let directory = tempfile::tempdir().unwrap();
        program.serve(directory.path()).kill();
        migrate_beyond(&database, compatible);
        let starting = program.launch("127.0.0.1:0", directory.path(), &[]);
        if admitted {
            let server = starting.ready();
            let http = Http::of(&server);
            let filed = http.file("by an older version").await.unwrap();
            assert_eq!(filed.status, 201, "{}", filed.body);
            assert_eq!(http.get(&format!("{ACTIONS}/{}", filed.id())).await.etag, filed.etag);
            assert_verified(&server);
        } else {
            let finished = starting.wait();
            assert_eq!(finished.status.code(), Some(2), "{}", finished.stderr);
            assert!(finished.stderr.contains("schema 1000"), "{}", finished.stderr);
            assert_eq!(finished.stdout, "");
        }
    }
}

#[tokio::test]
async fn a_node_is_unready_once_a_later_version_made_the_schema_too_new_for_it() {
    let database = database();
    let directory = tempfile::tempdir().unwrap();
    let server = program().on(database.url()).serve(directory.path());
    let seconds = Duration::from_secs(8);
    until_readiness(server.url(), 200, "", seconds).await;
    migrate_beyond(&database, 1000);
    let (took, _) = until_readiness(server.url(), 503, "schema 1000", seconds).await;
    eprintln!("noticed after {took:?}");
    // A later version that is compatible after all is lived with again.
    database.run("DELETE FROM migration WHERE number = 1000").unwrap();
    until_readiness(server.url(), 200, "", seconds).await;
    assert_eq!(Http::of(&server).file("again").await.unwrap().status, 201);
}
