//! `$batch`: what its requests do and what they are answered.

mod envelope;
mod helpers;
mod limits;

use interdict_model::{Permission, TenantId};
use interdict_testkit::in_process::Answer;
use serde_json::{Value, json};
use uuid::Uuid;

use super::{Api, BLOCK_IP};

const ITEMS: &str = "/security/securityActions";

/// A request of a batch; `more` are further members.
fn item(id: &str, method: &str, url: &str, more: &Value) -> Value {
    let mut item = json!({"id": id, "method": method, "url": url});
    item.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    item
}

fn get(id: &str, url: &str) -> Value {
    item(id, "GET", url, &json!({}))
}

fn post(id: &str) -> Value {
    let body: Value = serde_json::from_str(BLOCK_IP).unwrap();
    item(id, "POST", ITEMS, &json!({"headers": {"Content-Type": "application/json"}, "body": body}))
}

fn after(mut item: Value, ids: &[&str]) -> Value {
    item["dependsOn"] = json!(ids);
    item
}

impl Api {
    async fn batch_with(&self, headers: &[(&str, &str)], requests: &[Value]) -> Answer {
        self.send("POST", "/beta/$batch", headers, &json!({"requests": requests}).to_string()).await
    }

    /// The answers, in the order that they came.
    async fn batch(&self, requests: &[Value]) -> Vec<Value> {
        let answer = self.batch_with(&[], requests).await;
        assert_eq!(answer.status, 200, "{}", answer.text);
        answer.json()["responses"].as_array().unwrap().clone()
    }
}

/// Id and status of each answer.
fn statuses(answers: &[Value]) -> Vec<(&str, u64)> {
    answers
        .iter()
        .map(|answer| (answer["id"].as_str().unwrap(), answer["status"].as_u64().unwrap()))
        .collect()
}

#[tokio::test]
async fn requests_are_answered_as_they_are_by_themselves_in_their_order() {
    let api = Api::start().await;
    let id = api.file().await;
    let one = format!("{ITEMS}/{id}");
    let answers = api
        .batch(&[
            get("b", &one),
            get("A", &format!("{ITEMS}/$count")),
            item(
                "c",
                "patch",
                &one,
                &json!({"body": {"status": "Running"}, "headers": {"Prefer": "return=minimal"}}),
            ),
            get("d", "/security/alerts"),
            item("e", "HEAD", &one, &json!({})),
        ])
        .await;
    assert_eq!(statuses(&answers), [("b", 200), ("A", 200), ("c", 204), ("d", 404), ("e", 200)]);
    assert_eq!(answers[0]["body"]["id"], id);
    assert_eq!(answers[0]["headers"]["OData-Version"], "4.0");
    let kind = answers[0]["headers"]["Content-Type"].as_str().unwrap();
    assert!(kind.starts_with("application/json;odata.metadata=minimal"), "{kind}");
    assert_eq!(answers[1]["body"], "MQ==", "other types than JSON are base64");
    assert_eq!(answers[2].get("body"), None);
    assert!(answers[2]["headers"]["ETag"].as_str().unwrap().starts_with("W/"));
    assert_eq!(answers[3]["body"]["error"]["code"], "ResourceNotFound");
    assert_eq!(answers[4].get("body"), None);
    for answer in &answers {
        assert_eq!(answer["headers"]["Cache-Control"], "no-cache", "{answer}");
    }
}

#[tokio::test]
async fn each_request_has_ids_of_its_own_and_the_clients_id_of_the_whole() {
    let api = Api::start().await;
    let own = json!({"headers": {"client-request-id": "mine"}});
    let requests = [get("1", "/nothing"), item("2", "GET", "/nothing", &own), get("3", "http://other/x")];
    let answer = api.batch_with(&[("client-request-id", "whole")], &requests).await;
    let answers = answer.json();
    let mut seen = vec![answer.header("request-id").to_owned()];
    for (at, client) in ["whole", "mine", "whole"].into_iter().enumerate() {
        let answer = &answers["responses"][at];
        let inner = &answer["body"]["error"]["innerError"];
        assert_eq!(answer["headers"]["client-request-id"], client);
        assert_eq!(inner["client-request-id"], client);
        assert_eq!(inner["request-id"], answer["headers"]["request-id"]);
        seen.push(inner["request-id"].as_str().unwrap().to_owned());
    }
    seen.sort_unstable();
    seen.dedup();
    assert_eq!(seen.len(), 4);
}

#[tokio::test]
async fn a_chain_is_done_in_its_order_and_ends_with_its_first_failure() {
    let api = Api::start().await;
    let id = api.file().await;
    let patch = |name: &str, status: &str| {
        item(name, "PATCH", &format!("{ITEMS}/{id}"), &json!({"body": {"status": status}}))
    };
    let answers = api
        .batch(&[
            after(get("last", &format!("{ITEMS}/{id}/status")), &["three"]),
            patch("one", "Running"),
            after(patch("two", "Completed"), &["ONE"]),
            after(patch("three", "Failed"), &["two"]),
            after(get("other", &format!("{ITEMS}/{id}/status")), &["two"]),
        ])
        .await;
    assert_eq!(
        statuses(&answers),
        [("last", 424), ("one", 200), ("two", 200), ("three", 409), ("other", 200)]
    );
    let error = &answers[0]["body"]["error"];
    assert_eq!(error["code"], "FailedDependency");
    assert!(error["message"].as_str().unwrap().contains("`three`"), "{error}");
    assert!(error["innerError"]["request-id"].is_string());
    assert_eq!(answers[4]["body"]["value"], "Completed");
}

#[tokio::test]
async fn a_request_may_do_what_its_caller_may_and_no_token_of_its_own_counts() {
    let api = Api::start().await;
    let id = api.file().await;
    let mut write = post("write");
    write["headers"]["Authorization"] = json!(api.writer);
    let requests = [get("read", &format!("{ITEMS}/{id}")), write];
    for (permission, expected) in [
        (Permission::ActionsRead, [("read", 200), ("write", 403)]),
        (Permission::AuditRead, [("read", 403), ("write", 403)]),
        (Permission::ActionsReadWrite, [("read", 200), ("write", 201)]),
    ] {
        let token = format!("Bearer {}", api.server.token(&[permission]).unwrap());
        let answer = api.batch_with(&[("authorization", &token)], &requests).await.json();
        assert_eq!(statuses(answer["responses"].as_array().unwrap()), expected, "{permission:?}");
    }
    let other = TenantId(Uuid::from_u128(0x2222));
    let foreign = format!("Bearer {}", api.server.token_of(other, &Permission::ALL).unwrap());
    let answer = api.batch_with(&[("authorization", &foreign)], &requests).await;
    assert_eq!(answer.json()["responses"][0]["status"], 404);
    assert!(!answer.json()["responses"][0].to_string().contains("BlockIp"));
    assert_eq!(api.batch_with(&[("authorization", "")], &requests).await.status, 401);
}

#[tokio::test]
async fn every_version_has_it_and_addresses_in_the_answers_repeat_it() {
    let api = Api::start().await;
    for (version, prefix) in [("/v1.0/$batch", "/v1.0"), ("/BETA/$batch/", "/beta"), ("/$batch", "")] {
        let body = json!({"requests": [post("1"), get("2", "/v1.0/security/securityActions?$top=1")]});
        let answer = api.send("POST", version, &[], &body.to_string()).await.json();
        let location = answer["responses"][0]["headers"]["Location"].as_str().unwrap();
        assert!(location.starts_with(&format!("http://interdict.test{prefix}/security/")), "{location}");
        let context = answer["responses"][1]["body"]["@odata.context"].as_str().unwrap();
        assert!(context.starts_with("http://interdict.test/v1.0/$metadata#"), "{context}");
    }
    let next = api.batch(&[get("1", "/security/securityActions?$top=1")]).await;
    let next = next[0]["body"]["@odata.nextLink"].as_str().unwrap().to_owned();
    assert_eq!(api.batch(&[get("1", &next)]).await[0]["status"], 200, "{next}");
}

#[tokio::test]
async fn twenty_reads_at_once_are_answered_with_the_action_that_each_asks_for() {
    let api = Api::start().await;
    let mut ids = Vec::new();
    for _ in 0..4 {
        ids.push(api.file().await);
    }
    ids.push(Uuid::from_u128(7).to_string());
    let wanted: Vec<_> = (0..20).map(|at| &ids[at * 7 % 5]).collect();
    let requests: Vec<_> =
        (0..20).map(|at| get(&at.to_string(), &format!("{ITEMS}/{}", wanted[at]))).collect();
    let answers = api.batch(&requests).await;
    for (answer, wanted) in answers.iter().zip(wanted) {
        if *wanted == ids[4] {
            assert_eq!(answer["status"], 404, "{answer}");
        } else {
            assert_eq!(answer["body"]["id"], **wanted, "{answer}");
        }
    }
}

#[tokio::test]
async fn twenty_writes_at_once_are_twenty_actions_and_counted_as_requests() {
    let api = Api::start().await;
    let requests: Vec<_> = (0..20).map(|at| post(&at.to_string())).collect();
    let answers = api.batch(&requests).await;
    assert!(answers.iter().all(|answer| answer["status"] == 201), "{answers:?}");
    assert_eq!(api.get(&format!("/beta{ITEMS}/$count")).await.text, "20");
    let text = api.server.state.metrics.text(api.server.state.authenticator.cache_counts());
    for (route, count) in [("/security/securityActions", 20), ("/$batch", 1)] {
        let line = format!(
            "http_requests_total{{route=\"{route}\",method=\"POST\",status=\"20{}\"}} {count}",
            u8::from(count > 1)
        );
        assert!(text.contains(&line), "{line} in {text}");
    }
}
