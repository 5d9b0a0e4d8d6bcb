//! The database is switched to read-only, as before a failover: writes wait outside, reads go on.

use std::time::Duration;

use reqwest::Method;

use super::{
    assert_refused_for_now, assert_verified, cluster, reads_and_writes, set_read_only, timely, until_filed,
    until_readiness,
};
use crate::http::Http;
use crate::program;

const PATIENCE: Duration = Duration::from_secs(8);

#[tokio::test]
async fn a_database_that_turns_read_only_stops_writes_alone_and_only_while_it_is() {
    let cluster = cluster(&[]);
    let database = cluster.database("store").unwrap();
    let directory = tempfile::tempdir().unwrap();
    let server = program().on(database.url()).serve(directory.path());
    let http = Http::of(&server);
    let filed = http.file("before").await.unwrap();
    let (reads, writes) = reads_and_writes(&filed.id());
    for round in 0..2 {
        set_read_only(&cluster, "on");
        let (took, _) = until_readiness(server.url(), 503, "read-only", PATIENCE).await;
        eprintln!("unready after {took:?}");
        for (method, path, body) in &writes {
            let answer = timely(&http, method.clone(), path, Some(body.clone())).await;
            assert_refused_for_now(&answer);
        }
        for path in &reads {
            let answer = timely(&http, Method::GET, path, None).await;
            assert_eq!(answer.status, 200, "{path}: {}", answer.body);
        }

        set_read_only(&cluster, "off");
        let (writable, _) = until_filed(&http, &round.to_string(), PATIENCE).await;
        let (took, _) = until_readiness(server.url(), 200, "", PATIENCE).await;
        eprintln!("written after {writable:?}, ready {took:?} later");
    }
    assert_eq!(http.get(&reads[2]).await.body, 3, "nothing that was refused is there");
    assert_verified(&server);
}
