//! The database is down when a node starts, or goes away under it: requests are refused in time and told when to come
//! back, and the node goes on by itself once the database is there.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use futures_util::future::join_all;
use interdict_cluster::{Ending, spare_port};
use interdict_testkit::fault_proxy::FaultProxy;
use interdict_testkit::process::Signal;
use interdict_testkit::store::database;
use reqwest::Method;

use super::{
    ANSWERED, assert_refused_for_now, assert_verified, cluster, issued, readiness, reads_and_writes, timely,
    until_filed, until_readiness, until_said,
};
use crate::http::{ACTIONS, Answer, Http, block};
use crate::program;

const WRITERS: usize = 16;

/// Asserts that every kind of request on the action `id` is refused for now. All are sent at once, since a write may
/// wait for others before it.
async fn assert_refused(http: &Http, id: &str) {
    let (reads, writes) = reads_and_writes(id);
    let reads = reads.into_iter().map(|path| (Method::GET, path, None));
    let writes = writes.into_iter().map(|(method, path, body)| (method, path, Some(body)));
    let answers = reads.chain(writes).map(|(method, path, body)| async move {
        assert_refused_for_now(&timely(http, method, &path, body).await);
    });
    join_all(answers).await;
}

#[tokio::test]
async fn a_node_waits_for_a_database_that_is_down_and_is_ready_once_it_is_there() {
    let cluster = cluster(&[]);
    let database = cluster.database("store").unwrap();
    cluster.stop(Ending::Fast).unwrap();
    let directory = tempfile::tempdir().unwrap();
    let port = spare_port().unwrap();
    let secret = database.url().replace("interdict@", "interdict:not-for-logs@");
    let starting = program().on(&secret).launch(
        &format!("127.0.0.1:{port}"),
        directory.path(),
        &["--log-level", "debug"],
    );
    until_said(starting.process(), "the store cannot be used yet").await;
    until_said(starting.process(), &format!("127.0.0.1:{}/store", cluster.port())).await;

    let url = format!("http://127.0.0.1:{port}");
    let http = Http::to(&url, "no token is looked at yet".to_owned());
    assert_eq!(http.get("/healthz").await.status, 200);
    assert_eq!(http.get("/version").await.status, 200);
    let (status, causes) = readiness(&url).await;
    assert_eq!(status, 503);
    assert!(causes.contains(&format!("127.0.0.1:{}/store", cluster.port())), "{causes}");
    assert_refused(&http, "9188040d-6c67-4c5b-b112-36a304b66dad").await;
    let form = timely(&http, Method::POST, "/common/oauth2/v2.0/token", None).await;
    assert_refused_for_now(&form);

    cluster.resume().unwrap();
    let begun = Instant::now();
    let server = starting.ready();
    let took = begun.elapsed();
    assert!(took < ANSWERED, "{took:?}");
    assert_eq!(server.url(), url);
    assert_eq!(readiness(&url).await, (200, String::new()));
    assert_eq!(Http::of(&server).file("at last").await.unwrap().status, 201);
    let stderr = server.process().stderr();
    assert!(!stderr.contains("not-for-logs"), "{stderr}");
    eprintln!("ready {took:?} after the database");
    server.kill();
}

#[tokio::test]
async fn a_node_that_waits_for_its_database_ends_at_once_when_it_is_told_to() {
    let directory = tempfile::tempdir().unwrap();
    let url = format!("postgres://interdict@127.0.0.1:{}/store", spare_port().unwrap());
    let starting = program().on(&url).launch("127.0.0.1:0", directory.path(), &[]);
    until_said(starting.process(), "the store cannot be used yet").await;
    let begun = Instant::now();
    starting.process().signal(Signal::TERM);
    let finished = starting.wait();
    assert_eq!((finished.status.code(), finished.stdout.as_str()), (Some(0), ""), "{}", finished.stderr);
    assert!(begun.elapsed() < Duration::from_secs(3), "{:?}", begun.elapsed());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_network_that_falls_silent_holds_no_request_for_long() {
    let database = database();
    let url = database.url();
    let (before, after) = url.split_once("127.0.0.1:").unwrap();
    let (port, after) = after.split_once('/').unwrap();
    let proxy = FaultProxy::start(format!("127.0.0.1:{port}").parse().unwrap()).await.unwrap();
    let directory = tempfile::tempdir().unwrap();
    let server = program().on(&format!("{before}{}/{after}", proxy.address())).serve(directory.path());
    let http = Http::of(&server);
    let filed = http.file("before").await.unwrap();
    proxy.fall_silent();
    // Once while connections are there that seem well, and once without.
    assert_refused(&http, &filed.id()).await;
    let (noticed, causes) = until_readiness(server.url(), 503, "", ANSWERED).await;
    assert_refused(&http, &filed.id()).await;
    proxy.come_up();
    let (resumed, _) = until_filed(&http, "after", ANSWERED).await;
    let (ready, _) = until_readiness(server.url(), 200, "", ANSWERED).await;
    assert_eq!(http.get(&format!("{ACTIONS}/$count")).await.body, 2);
    eprintln!("unready {noticed:?} later: {causes}; written after {resumed:?}, ready {ready:?} later");
    assert_verified(&server);
}

/// What a writer saw while the database went.
#[derive(Default)]
struct Log {
    acked: Vec<Answer>,
    /// Filings whose commit was under way: their clients are told to look.
    unknown: usize,
    longest: Duration,
}

/// Files actions until the server refuses to, or it is over.
async fn write(http: Http, over: Arc<AtomicBool>) -> Log {
    let mut log = Log::default();
    while !over.load(Ordering::Relaxed) {
        let begun = Instant::now();
        let answer = http.call(Method::POST, ACTIONS, Some(block("written"))).await.unwrap();
        log.longest = log.longest.max(begun.elapsed());
        match answer.status.as_u16() {
            201 => log.acked.push(answer),
            500 if answer.body["error"]["code"] == "outcomeUnknown" => {
                log.unknown += 1;
                break;
            }
            _ => {
                assert_refused_for_now(&answer);
                break;
            }
        }
    }
    log
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_database_that_goes_away_is_lived_with_and_taken_up_again_without_a_restart() {
    let cluster = cluster(&[]);
    let database = cluster.database("store").unwrap();
    let directory = tempfile::tempdir().unwrap();
    let server = program().on(database.url()).serve(directory.path());
    let http = Http::of(&server);
    let mut acked = vec![http.file("before").await.unwrap()];
    let mut unknown = 0;
    for ending in [Ending::Fast, Ending::Immediate] {
        let over = Arc::<AtomicBool>::default();
        let writers: Vec<_> =
            (0..WRITERS).map(|_| tokio::spawn(write(http.clone(), Arc::clone(&over)))).collect();
        tokio::time::sleep(Duration::from_millis(500)).await;
        cluster.stop(ending).unwrap();
        over.store(true, Ordering::Relaxed);
        let (noticed, causes) = until_readiness(server.url(), 503, "", ANSWERED).await;
        assert!(!causes.is_empty());
        assert_eq!(http.get("/healthz").await.status, 200);
        let (status, retry_after) = issued(server.url(), directory.path()).await;
        assert_eq!((status, retry_after.is_some()), (503, true));
        // Once it is back soon, and once only after commits that were under way have been given up.
        let soon = ending == Ending::Fast;
        assert_refused(&http, &acked[0].id()).await;
        if soon {
            cluster.resume().unwrap();
        }
        let logs: Vec<Log> = join_all(writers).await.into_iter().map(Result::unwrap).collect();
        if soon {
            assert!(logs.iter().all(|log| log.unknown == 0), "the outcome could be asked for in time");
        } else {
            cluster.resume().unwrap();
        }
        let longest = logs.iter().map(|log| log.longest).max().unwrap();
        unknown += logs.iter().map(|log| log.unknown).sum::<usize>();
        acked.extend(logs.into_iter().flat_map(|log| log.acked));

        let (resumed, answer) = until_filed(&http, "resumed", ANSWERED).await;
        acked.push(answer);
        let (ready, _) = until_readiness(server.url(), 200, "", ANSWERED).await;
        assert_all_there(&http, &acked).await;
        eprintln!(
            "{ending:?}: unready after {noticed:?}, the longest write took {longest:?}; written after {resumed:?}, \
             ready {ready:?} later; {} acknowledged, {unknown} unknown",
            acked.len()
        );
    }
    assert_counted(&http, acked.len(), unknown).await;
    assert_verified(&server);
    let stderr = server.process().stderr();
    assert!(!stderr.contains("panicked"), "{stderr}");
    server.kill();
}

async fn assert_all_there(http: &Http, acked: &[Answer]) {
    for filed in acked {
        let read = http.get(&format!("{ACTIONS}/{}", filed.id())).await;
        assert_eq!((read.status.as_u16(), &read.etag), (200, &filed.etag), "{}", read.body);
    }
}

async fn assert_counted(http: &Http, acked: usize, unknown: usize) {
    let count = http.get(&format!("{ACTIONS}/$count")).await.body.as_u64().unwrap();
    let count = usize::try_from(count).unwrap();
    assert!(
        (acked..=acked + unknown).contains(&count),
        "{count} actions, {acked} acknowledged, {unknown} unknown"
    );
}
