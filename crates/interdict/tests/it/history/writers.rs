//! Clients that file actions and change them, and remember what was acknowledged.

use std::time::{Duration, Instant};

use futures_util::future::join_all;
use reqwest::Method;
use serde_json::json;
use tokio::task::JoinHandle;
use uuid::Uuid;

use super::registers::version;
use super::world::Over;
use crate::http::{ACTIONS, Answer, Http, block};

/// Where nobody answers, the next attempt comes so much later.
pub(super) const AGAIN: Duration = Duration::from_millis(5);

/// A change that was acknowledged.
#[derive(Clone, Copy, Debug)]
pub(super) struct Change {
    pub(super) action: Uuid,
    pub(super) sequence: i64,
    /// When the answer was there.
    pub(super) at: Duration,
}

/// What writers do.
#[derive(Clone, Copy)]
pub(super) struct Work {
    /// Of one action, after it was filed.
    pub(super) changes: u32,
    pub(super) writers: usize,
    pub(super) begun: Instant,
}

/// What a writer knows in the end.
#[derive(Debug, Default)]
pub(super) struct Log {
    pub(super) changes: Vec<Change>,
    /// Filings that may have happened or not.
    pub(super) uncertain: usize,
    /// The first answer that there is no reason for.
    pub(super) unexpected: Option<String>,
}

/// Writers at work.
pub(super) struct Writers(Vec<JoinHandle<Log>>);

impl Writers {
    /// Starts them, over all nodes.
    pub(super) fn start(nodes: &[Http], work: Work, over: &Over) -> Self {
        let start =
            |number: usize| tokio::spawn(write(nodes[number % nodes.len()].clone(), work, over.clone()));
        Self((0..work.writers).map(start).collect())
    }

    /// What they know, once they have ended.
    pub(super) async fn end(self) -> Log {
        let mut all = Log::default();
        for log in join_all(self.0).await.into_iter().map(Result::unwrap) {
            all.changes.extend(log.changes);
            all.uncertain += log.uncertain;
            all.unexpected = all.unexpected.or(log.unexpected);
        }
        all
    }
}

async fn write(http: Http, work: Work, over: Over) -> Log {
    let mut log = Log::default();
    while !over.is_now() {
        let filed = http.call(Method::POST, ACTIONS, Some(block("0"))).await;
        let Some(filed) = log.note(filed, true, work.begun) else {
            tokio::time::sleep(AGAIN).await;
            continue;
        };
        let path = format!("{ACTIONS}/{}", filed.id());
        for change in 1..=work.changes {
            let body = json!({"actionReason": change.to_string()});
            let changed = http.call(Method::PATCH, &path, Some(body)).await;
            if log.note(changed, false, work.begun).is_none() {
                break;
            }
        }
    }
    log
}

impl Log {
    /// Remembers a change that was acknowledged; the answer then. What became of another is told by the journal.
    fn note(&mut self, answer: reqwest::Result<Answer>, is_filing: bool, begun: Instant) -> Option<Answer> {
        let answer = match answer {
            Ok(answer) => answer,
            Err(error) => {
                self.uncertain += usize::from(is_filing && !error.is_connect());
                return None;
            }
        };
        match answer.status.as_u16() {
            200 | 201 => {
                let (action, sequence) = (answer.id().parse().unwrap(), version(&answer.etag));
                self.changes.push(Change { action, sequence, at: begun.elapsed() });
                return Some(answer);
            }
            500 if answer.body["error"]["code"] == "outcomeUnknown" => {
                self.uncertain += usize::from(is_filing)
            }
            429 | 503 | 504 => {}
            // Where it was lost.
            404 if !is_filing => {}
            status => {
                let what = if is_filing { "a filing" } else { "a change" };
                self.unexpected.get_or_insert(format!("{what} is answered {status} {}", answer.body));
            }
        }
        None
    }
}
