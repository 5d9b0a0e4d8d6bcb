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

/// Writers at work.
pub(super) struct Writers(Vec<JoinHandle<Vec<Change>>>);

impl Writers {
    /// Starts them, over all nodes.
    pub(super) fn start(nodes: &[Http], work: Work, over: &Over) -> Self {
        let start =
            |number: usize| tokio::spawn(write(nodes[number % nodes.len()].clone(), work, over.clone()));
        Self((0..work.writers).map(start).collect())
    }

    /// What was acknowledged, once they have ended.
    pub(super) async fn end(self) -> Vec<Change> {
        join_all(self.0).await.into_iter().flat_map(Result::unwrap).collect()
    }
}

async fn write(http: Http, work: Work, over: Over) -> Vec<Change> {
    let mut changes = Vec::new();
    while !over.is_now() {
        let filed = http.call(Method::POST, ACTIONS, Some(block("0"))).await;
        let Some(filed) = note(filed, true, work, &mut changes) else {
            tokio::time::sleep(AGAIN).await;
            continue;
        };
        let path = format!("{ACTIONS}/{}", filed.id());
        for change in 1..=work.changes {
            let body = json!({"actionReason": change.to_string()});
            let changed = http.call(Method::PATCH, &path, Some(body)).await;
            if note(changed, false, work, &mut changes).is_none() {
                break;
            }
        }
    }
    changes
}

/// Remembers a change that was acknowledged. What became of another is told by the journal.
fn note(
    answer: reqwest::Result<Answer>,
    is_filing: bool,
    work: Work,
    changes: &mut Vec<Change>,
) -> Option<Answer> {
    let answer = answer.ok()?;
    match answer.status.as_u16() {
        200 | 201 => {
            let action = answer.id().parse().unwrap();
            let at = work.begun.elapsed();
            changes.push(Change { action, sequence: version(&answer.etag), at });
            Some(answer)
        }
        429 | 503 | 504 => None,
        500 if answer.body["error"]["code"] == "outcomeUnknown" => None,
        // After a kill that lost it.
        404 if !is_filing => None,
        status => panic!("{status} {}", answer.body),
    }
}
