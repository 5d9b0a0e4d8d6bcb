//! What one node acknowledged, every other node knows.

use futures_util::future::join_all;
use reqwest::Method;
use serde_json::{Value, json};

use super::{Pair, assert_verified};
use crate::http::{ACTIONS, Answer, Http, block};

#[tokio::test]
async fn what_one_node_acknowledged_the_other_shows_at_once() {
    let pair = Pair::start();
    let clients = pair.clients();
    for round in 0..20 {
        let (here, there) = (&clients[round % 2], &clients[(round + 1) % 2]);
        let filed = here.file("seen at once").await.unwrap();
        assert_eq!(filed.status, 201, "{}", filed.body);
        let path = format!("{ACTIONS}/{}", filed.id());
        let read = there.get(&path).await;
        assert_eq!((read.status.as_u16(), &read.etag), (200, &filed.etag), "{}", read.body);

        let change = json!({"status": "Completed", "actionReason": round.to_string()});
        let changed = change_at(there, &path, &filed.etag, change).await;
        assert_eq!(changed.status, 200, "{}", changed.body);
        let read = here.get(&path).await;
        assert_eq!(read.etag, changed.etag, "{}", read.body);
        assert_eq!(read.body["actionReason"], round.to_string());
        let newest = here.get(&format!("{ACTIONS}?$top=1&$filter=status eq 'Completed'")).await;
        assert_eq!(newest.body["value"][0]["id"], filed.id(), "{}", newest.body);
        assert_eq!(there.get(&format!("{ACTIONS}/$count")).await.body, 1);

        let deleted = here.call(Method::DELETE, &path, None).await.unwrap();
        assert_eq!(deleted.status, 204, "{}", deleted.body);
        assert_eq!(there.get(&path).await.status, 404);
        assert_eq!(there.get(&format!("{ACTIONS}/$count")).await.body, 0);
    }
    assert_verified(&pair.a);
}

#[tokio::test]
async fn one_client_context_filed_at_both_nodes_at_once_makes_one_action() {
    let pair = Pair::start();
    let clients = pair.clients();
    for round in 0..40 {
        let mut body = block("once");
        body["clientContext"] = Value::from(format!("context {round}"));
        let filings = (0..6).map(|number| {
            let body = body.clone();
            clients[number % 2].call(Method::POST, ACTIONS, Some(body))
        });
        let answers: Vec<Answer> = join_all(filings).await.into_iter().map(Result::unwrap).collect();
        let made = answers.iter().filter(|answer| answer.status == 201).count();
        let same = answers.iter().all(|answer| answer.id() == answers[0].id());
        let statuses: Vec<_> = answers.iter().map(|answer| answer.status.as_u16()).collect();
        assert!(same && made >= 1 && answers.iter().all(|it| it.status.is_success()), "{statuses:?}");
    }
    for http in &clients {
        assert_eq!(http.get(&format!("{ACTIONS}/$count")).await.body, 40);
    }
    assert_verified(&pair.b);
}

#[tokio::test]
async fn of_many_changes_of_one_version_over_both_nodes_one_wins() {
    let pair = Pair::start();
    let clients = pair.clients();
    let filed = clients[0].file("contested").await.unwrap();
    let (path, mut etag) = (format!("{ACTIONS}/{}", filed.id()), filed.etag);
    for round in 0..40 {
        let changes = (0..8).map(|number| {
            let change = json!({"actionReason": format!("{round} {number}")});
            change_at(&clients[number % 2], &path, &etag, change)
        });
        let answers = join_all(changes).await;
        let statuses: Vec<_> = answers.iter().map(|answer| answer.status.as_u16()).collect();
        let (won, lost) = (count(&statuses, 200), count(&statuses, 412));
        assert_eq!((won, lost), (1, 7), "{statuses:?}");
        let winner = answers.iter().find(|answer| answer.status == 200).unwrap();
        for http in &clients {
            let read = http.get(&path).await;
            assert_eq!(read.etag, winner.etag);
            assert_eq!(read.body["actionReason"], winner.body["actionReason"]);
        }
        etag.clone_from(&winner.etag);
    }
    assert_verified(&pair.a);
}

async fn change_at(http: &Http, path: &str, etag: &str, change: Value) -> Answer {
    http.call_on(etag, Method::PATCH, path, change).await.unwrap()
}

fn count(statuses: &[u16], status: u16) -> usize {
    statuses.iter().filter(|found| **found == status).count()
}
