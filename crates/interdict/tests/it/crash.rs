//! Kill -9 under write load: what was acknowledged is there afterwards, and what is there was sent.

use std::time::Duration;

use reqwest::Method;
use serde_json::json;

use crate::http::{ACTIONS, Http};
use crate::program_with_store;

const ROUNDS: u64 = 20;
/// Another number of rounds; `cargo xtask soak` makes more.
const MORE: &str = "INTERDICT_CRASH_ROUNDS";
const WRITERS: usize = 16;
/// Changes of one action before the next is filed.
const CHANGES: u32 = 8;

/// What a client knows of one action that it filed.
#[derive(Clone, Debug)]
struct Known {
    id: String,
    /// The last state that the server acknowledged, and its version.
    acked: State,
    etag: String,
    /// The last state that was sent; another one than `acked` where its answer was lost.
    sent: State,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Changed(u32),
    Deleted,
}

/// What one writer knows at the end of its round.
#[derive(Debug, Default)]
struct Log {
    known: Vec<Known>,
    /// Filings whose answer was lost: they may be there or not.
    lost_filings: u64,
}

/// Files actions, changes each some times, finishes and deletes every third, until the server is gone.
async fn write(http: Http, seed: usize) -> Log {
    let mut log = Log::default();
    for number in seed.. {
        let Ok(filed) = http.file("0").await else {
            log.lost_filings += 1;
            return log;
        };
        assert_eq!(filed.status, 201, "{}", filed.body);
        let (acked, etag) = (State::Changed(0), filed.etag.clone());
        log.known.push(Known { id: filed.id(), acked, etag, sent: acked });
        let known = log.known.last_mut().unwrap();
        let path = format!("{ACTIONS}/{}", known.id);
        for change in 1..=CHANGES {
            let status = if change == CHANGES { "Completed" } else { "NotStarted" };
            let body = json!({"actionReason": change.to_string(), "status": status});
            known.sent = State::Changed(change);
            let Ok(answer) = http.call(Method::PATCH, &path, Some(body)).await else { return log };
            assert_eq!(answer.status, 200, "{}", answer.body);
            known.acked = known.sent;
            known.etag = answer.etag;
        }
        if number % 3 == 0 {
            known.sent = State::Deleted;
            let Ok(answer) = http.call(Method::DELETE, &path, None).await else { return log };
            assert_eq!(answer.status, 204, "{}", answer.body);
            known.acked = known.sent;
        }
    }
    log
}

/// Compares one action with what is known of it, and learns what became of a lost answer.
async fn check(http: &Http, known: &mut Known) {
    let answer = http.get(&format!("{ACTIONS}/{}", known.id)).await;
    let found = if answer.status == 404 {
        State::Deleted
    } else {
        assert_eq!(answer.status, 200, "{}", answer.body);
        State::Changed(answer.body["actionReason"].as_str().unwrap().parse().unwrap())
    };
    assert!(found == known.acked || found == known.sent, "{found:?} instead of {known:?}");
    if found == known.acked && found != State::Deleted {
        assert_eq!(answer.etag, known.etag, "{known:?}");
    }
    if found != known.acked {
        assert!(sequence(&answer.etag) > sequence(&known.etag) || found == State::Deleted, "{known:?}");
        known.acked = found;
        known.etag = answer.etag;
    }
    known.sent = known.acked;
}

/// The journal sequence within `W/"epoch-sequence"`.
fn sequence(etag: &str) -> u64 {
    let tag = etag.trim_end_matches('"');
    tag.rsplit('-').next().and_then(|digits| digits.parse().ok()).unwrap_or(0)
}

/// Checks many at once.
async fn check_all(http: &Http, known: Vec<Known>) -> Vec<Known> {
    let share = known.len().div_ceil(WRITERS).max(1);
    let tasks: Vec<_> = known
        .chunks(share)
        .map(|chunk| {
            let (http, mut chunk) = (http.clone(), chunk.to_vec());
            tokio::spawn(async move {
                for known in &mut chunk {
                    check(&http, known).await;
                }
                chunk
            })
        })
        .collect();
    let mut checked = Vec::new();
    for task in tasks {
        checked.extend(task.await.unwrap());
    }
    checked
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_acknowledged_write_is_lost_over_twenty_kills() {
    let directory = tempfile::tempdir().unwrap();
    let (program, _database) = program_with_store();
    let (mut all, mut lost_filings) = (Vec::new(), 0);
    let rounds = std::env::var(MORE).map_or(ROUNDS, |rounds| rounds.parse().unwrap());
    for round in 0..rounds {
        let server = program.serve(directory.path());
        let http = Http::of(&server);
        let writers: Vec<_> = (0..WRITERS).map(|writer| tokio::spawn(write(http.clone(), writer))).collect();
        // Another moment each round, from the first commits on to well into checkpoints.
        tokio::time::sleep(Duration::from_millis(100 + round * 97 % 500)).await;
        server.kill();
        let mut written = Vec::new();
        for writer in writers {
            let log = writer.await.unwrap();
            written.extend(log.known);
            lost_filings += log.lost_filings;
        }

        let server = program.serve(directory.path());
        let http = http.at(&server);
        all.extend(check_all(&http, written).await);
        let verified = server.run(&["audit", "verify"]);
        assert!(verified.status.success(), "round {round}: {}", verified.stderr);
        server.kill();
    }
    let server = program.serve(directory.path());
    let http = Http::of(&server);
    let all = check_all(&http, all).await;
    let live = all.iter().filter(|known| known.acked != State::Deleted).count() as u64;
    let count = http.get(&format!("{ACTIONS}/$count")).await.body.as_u64().unwrap();
    assert!(
        (live..=live + lost_filings).contains(&count),
        "{count} actions, {live} known, {lost_filings} uncertain"
    );
    assert!(all.len() > 100, "only {} actions were filed: the load was none", all.len());
    eprintln!(
        "{rounds} kills: {} actions filed, {live} live, {lost_filings} filings without an answer, none lost",
        all.len()
    );
}
