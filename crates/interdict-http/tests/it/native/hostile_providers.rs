//! Providers that flood, contradict themselves, lie, and speak for others: each is answered as the manual's table of what
//! happens when says, and nothing that others see changes.

use interdict_model::TenantId;
use interdict_testkit::in_process::{Answer, TENANT};
use serde_json::{Value, json};
use uuid::Uuid;

use super::provider::{Scene, filing};

const OTHER_APP: &str = "bbbbbbbb-bbbb-4bbb-8bbb-bbbbbbbbbbbb";

fn refusal(answer: &Answer) -> (u16, Vec<String>) {
    (answer.status.as_u16(), answer.details())
}

fn conflict(detail: &str) -> (u16, Vec<String>) {
    (409, vec![detail.to_owned()])
}

async fn scene() -> Scene {
    Scene::with(&["BlockIp", "UnblockIp", "RunScan"]).await
}

#[tokio::test]
async fn a_flood_of_leases_gets_no_more_than_the_cap() {
    let scene = scene().await;
    let provider = format!("/api/v1/providers/{}", scene.provider);
    let leases = format!("{provider}/leases");
    for (body, at_fault) in [
        (json!({ "max": 0 }), "max"),
        (json!({ "max": 101 }), "max"),
        (json!({ "waitSeconds": 61 }), "waitSeconds"),
        (json!({ "leaseSeconds": 0 }), "leaseSeconds"),
        (json!({ "leaseSeconds": 3_601 }), "leaseSeconds"),
        (json!({ "instanceId": "x".repeat(257) }), "instanceId"),
    ] {
        let answer = scene.send("POST", &leases, &body).await;
        assert_eq!(answer.status, 400, "{body}");
        assert!(answer.details()[0].ends_with(at_fault), "{}", answer.text);
    }
    let negative = scene.send("POST", &leases, &json!({ "max": -1 })).await;
    assert_eq!(negative.status, 400, "{}", negative.text);

    scene.done("PATCH", &provider, &json!({ "maxConcurrent": 3 })).await;
    for host in 0..30 {
        scene.block(&format!("1.2.3.{}", 10 + host), Value::Null).await;
    }
    let mut given = Vec::new();
    for _ in 0..10 {
        let (a, b, c, d) =
            tokio::join!(scene.lease(100), scene.lease(100), scene.lease(100), scene.lease(100));
        given.extend([a, b, c, d].concat());
    }
    assert_eq!(given.len(), 3, "however many ask, and however often");
    scene.report(&given[0], "release", Value::Null).await;
    assert_eq!(scene.lease(100).await.len(), 1);
}

#[tokio::test]
async fn a_second_answer_that_differs_is_refused() {
    let scene = scene().await;
    let id = scene.block("1.2.3.4", Value::Null).await;
    let lease = scene.carry_out().await;
    let other = scene.report(&lease, "fail", json!({ "retryable": true })).await;
    assert_eq!(refusal(&other), conflict("alreadyFinal status"), "{}", other.text);
    let same = scene.report(&lease, "complete", json!({ "result": "another" })).await;
    assert_eq!(same.status, 200, "the same again is answered as the first");
    assert_eq!(scene.action(&id).await["@interdict.execution"]["result"], Value::Null);

    let failed = scene.file(&filing("RunScan", &[("machineId", "pc-1")], &Value::Null)).await;
    let lease = scene.lease_one().await;
    assert_eq!(scene.report(&lease, "fail", Value::Null).await.status, 200);
    assert_eq!(scene.report(&lease, "fail", Value::Null).await.status, 200);
    let other = scene.report(&lease, "complete", Value::Null).await;
    assert_eq!(refusal(&other), conflict("alreadyFinal status"));
    assert_eq!(scene.state(&failed).await.1, "failed");

    // What was given back for another attempt is nobody's: its lease is lost.
    let retried = scene.file(&filing("RunScan", &[("machineId", "pc-2")], &Value::Null)).await;
    let lease = scene.lease_one().await;
    assert_eq!(scene.report(&lease, "fail", json!({ "retryable": true })).await.status, 200);
    let other = scene.report(&lease, "complete", Value::Null).await;
    assert_eq!(refusal(&other), conflict("leaseLost fence"));
    assert_eq!(scene.state(&retried).await.1, "retrying");
}

#[tokio::test]
async fn a_fence_that_is_not_the_leases_changes_nothing() {
    let scene = scene().await;
    let id = scene.block("1.2.3.4", Value::Null).await;
    let lease = scene.lease_one().await;
    let fence = lease["fence"].as_i64().unwrap();
    for lie in [fence - 1, fence + 1, 0, i64::MAX, -1] {
        for verb in ["renew", "complete", "fail", "release"] {
            let answer = scene.report(&lease, verb, json!({ "fence": lie })).await;
            assert_eq!(refusal(&answer), conflict("leaseLost fence"), "{verb} {lie}");
        }
    }
    assert_eq!(scene.report(&lease, "complete", json!({ "fence": "7" })).await.status, 400);
    // The id of a lease, made up from what is known of it.
    let mut forged = lease.clone();
    let (epoch_and_action, _) = lease["leaseId"].as_str().unwrap().rsplit_once('.').unwrap();
    forged["leaseId"] = json!(format!("{epoch_and_action}.{}", fence + 1));
    forged["fence"] = json!(fence + 1);
    let answer = scene.report(&forged, "complete", Value::Null).await;
    assert_eq!(refusal(&answer), conflict("leaseLost fence"));
    assert_eq!(scene.state(&id).await.1, "delivered");
}

#[tokio::test]
async fn a_lease_of_anothers_is_not_told_apart_from_none() {
    let scene = scene().await;
    let id = scene.block("1.2.3.4", Value::Null).await;
    let lease = scene.lease_one().await;
    let mut none = lease.clone();
    let (_, rest) = lease["leaseId"].as_str().unwrap().split_once('.').unwrap();
    none["leaseId"] = json!(format!("{}.{rest}", Uuid::from_u128(0xabcd)));
    let elsewhere = scene.token_of(TenantId(Uuid::from_u128(0x77)), OTHER_APP);
    let beside = scene.token_of(TENANT, OTHER_APP);
    for token in [elsewhere, beside] {
        for verb in ["renew", "complete", "fail", "release"] {
            let theirs = scene.report_as(&token, &lease, verb, Value::Null).await;
            let nobodys = scene.report_as(&token, &none, verb, Value::Null).await;
            assert_eq!(refusal(&theirs), conflict("leaseLost fence"), "{verb}");
            assert_eq!(refusal(&nobodys), refusal(&theirs), "{verb}");
            let unnamed = |answer: &Answer, lease: &Value| {
                let message = answer.json()["error"]["message"].as_str().unwrap_or_default().to_owned();
                message.replace(lease["leaseId"].as_str().unwrap(), "…")
            };
            assert_eq!(unnamed(&theirs, &lease), unnamed(&nobodys, &none), "{verb}");
        }
    }
    let mut garbage = lease.clone();
    garbage["leaseId"] = json!("no-lease");
    assert_eq!(scene.report(&garbage, "complete", Value::Null).await.status, 404);
    assert_eq!(scene.state(&id).await.1, "delivered");
    assert_eq!(scene.report(&lease, "complete", Value::Null).await.status, 200);
}

#[tokio::test]
async fn a_bound_provider_is_its_apps_alone() {
    let scene = scene().await;
    let provider = format!("/api/v1/providers/{}", scene.provider);
    let id = scene.block("1.2.3.4", Value::Null).await;
    let lease = scene.lease_one().await;
    scene.done("PATCH", &provider, &json!({ "appId": OTHER_APP })).await;
    let refused = scene.send("POST", &format!("{provider}/leases"), &json!({})).await;
    assert_eq!(refusal(&refused), conflict("notTheProvider id"));
    for verb in ["renew", "complete", "fail", "release"] {
        let refused = scene.report(&lease, verb, Value::Null).await;
        assert_eq!(refusal(&refused), conflict("notTheProvider id"), "{verb}");
    }
    let bound = scene.token_of(TENANT, OTHER_APP);
    let not_its_lease = scene.report_as(&bound, &lease, "complete", Value::Null).await;
    assert_eq!(refusal(&not_its_lease), conflict("leaseLost fence"));
    scene.pass(61).await;
    let taken = scene.send_as(&bound, "POST", &format!("{provider}/leases"), &json!({})).await.json();
    let lease = taken["value"][0].clone();
    assert_eq!(scene.report_as(&bound, &lease, "complete", Value::Null).await.status, 200);
    assert_eq!(scene.state(&id).await.1, "succeeded");
}

#[tokio::test]
async fn what_is_sent_along_is_at_most_16_kib() {
    let scene = scene().await;
    let id = scene.block("1.2.3.4", Value::Null).await;
    let lease = scene.lease_one().await;
    // The quotes count.
    let (fits, too_long) = ("x".repeat(16 * 1024 - 2), "x".repeat(16 * 1024 - 1));
    for (verb, member) in
        [("renew", "progress"), ("complete", "result"), ("complete", "undo"), ("fail", "result")]
    {
        let answer = scene.report(&lease, verb, json!({ member: too_long })).await;
        assert_eq!(refusal(&answer), (400, vec![format!("tooLong {member}")]), "{verb}");
    }
    assert_eq!(scene.state(&id).await.1, "delivered");
    assert_eq!(scene.report(&lease, "renew", json!({ "progress": fits })).await.status, 200);
    let done = scene.report(&lease, "complete", json!({ "result": fits, "undo": fits })).await;
    assert_eq!(done.status, 200, "{}", done.text);
}

#[tokio::test]
async fn only_the_servers_clock_counts() {
    let scene = scene().await;
    let id = scene.block("1.2.3.4", json!({ "duration": "PT2H" })).await;
    let lease = scene.lease_one().await;
    // A provider whose clock is an hour off cannot say when: there is no member for it, ...
    for verb in ["renew", "complete", "fail", "release"] {
        let answer = scene.report(&lease, verb, json!({ "expiresAt": "2026-01-02T05:04:05Z" })).await;
        assert_eq!(answer.status, 400, "{verb}: {}", answer.text);
    }
    // ... and headers say nothing.
    assert_eq!(scene.report(&lease, "renew", Value::Null).await.status, 200);
    scene.pass(59).await;
    assert_eq!(scene.report(&lease, "renew", Value::Null).await.status, 200, "it holds for 60 s from then");
    scene.pass(59).await;
    let done = scene.report(&lease, "complete", Value::Null).await;
    let until = done.json()["@interdict.execution"]["effect"]["until"].as_str().unwrap().to_owned();
    assert_eq!(until, "2026-01-02T05:06:03.6789012Z", "two hours after the report came");
    assert_eq!(scene.state(&id).await.1, "succeeded");
}

#[tokio::test]
async fn a_catalog_that_changes_changes_no_work_that_was_filed() {
    let scene = Scene::with(&["BlockIp"]).await;
    let definition = |required: bool| {
        json!({
            "name": "LimitIp", "target": "ip", "repeatSafe": true,
            "parameters": [
                { "name": "ip", "type": "ipAddress", "required": true },
                { "name": "rate", "type": "integer", "required": required },
            ],
            "undo": { "action": "UnblockIp", "parameters": { "IP": "ip" } },
        })
    };
    scene.done("POST", "/api/v1/catalog", &definition(false)).await;
    let provider = format!("/api/v1/providers/{}", scene.provider);
    scene.done("PATCH", &provider, &json!({ "actions": ["LimitIp", "UnblockIp"] })).await;
    let limit = filing("LimitIp", &[("ip", "1.2.3.4")], &json!({ "duration": "PT1H" }));
    let id = scene.file(&limit).await;
    scene.done("PUT", "/api/v1/catalog/LimitIp", &definition(true)).await;
    let changed = scene.send("POST", "/v1.0/security/securityActions", &limit).await;
    assert_eq!(refusal(&changed), (400, vec!["required parameters".to_owned()]));
    scene.done("PATCH", &provider, &json!({ "actions": ["UnblockIp"] })).await;
    assert_eq!(scene.send("DELETE", "/api/v1/catalog/LimitIp", &Value::Null).await.status, 204);
    let gone = scene.send("POST", "/v1.0/security/securityActions", &limit).await;
    assert_eq!(refusal(&gone), (400, vec!["invalidValue name".to_owned()]));

    let lease = scene.carry_out().await;
    assert_eq!(lease["action"]["id"], id.as_str());
    scene.pass(3_601).await;
    let undo = scene.carry_out().await;
    assert_eq!(undo["action"]["name"], "UnblockIp");
    scene.settle().await;
    assert_eq!(scene.effect_state(&id).await, "ended");
}

#[tokio::test]
async fn two_providers_never_answer_to_one_name() {
    let scene = scene().await;
    let register = async |body: Value| scene.send("POST", "/api/v1/providers", &body).await;
    let same = json!({ "vendor": "MICROSOFT", "provider": "windows defender atp", "actions": ["BlockIp"] });
    assert_eq!(refusal(&register(same.clone()).await), conflict("alreadyExists vendor"));
    let mut part = same.clone();
    part["subProvider"] = json!("Sensor");
    let other = register(part).await;
    assert_eq!(other.status, 201, "a part of it is another one");
    let other = format!("/api/v1/providers/{}", other.json()["id"].as_str().unwrap());
    let renamed = scene.send("PATCH", &other, &json!({ "subProvider": null })).await;
    assert_eq!(refusal(&renamed), conflict("alreadyExists vendor"));
}

#[tokio::test]
async fn a_provider_that_is_switched_off_is_given_nothing_and_its_work_expires() {
    let scene = scene().await;
    let provider = format!("/api/v1/providers/{}", scene.provider);
    let blocked = scene.block("1.2.3.4", json!({ "duration": "PT1H" })).await;
    scene.carry_out().await;
    let waiting = scene.block("1.2.3.5", json!({ "startBy": "PT30M" })).await;
    scene.done("PATCH", &provider, &json!({ "enabled": false })).await;
    assert!(scene.lease(10).await.is_empty());
    scene.pass(3_601).await;
    assert_eq!(scene.state(&waiting).await.1, "expired");
    assert_eq!(scene.effect_state(&blocked).await, "ending");
    assert!(scene.lease(10).await.is_empty());
    let refused = scene.send("DELETE", &provider, &Value::Null).await;
    assert_eq!(refusal(&refused), conflict("inUse id"), "its block is still to be lifted");
    scene.done("PATCH", &provider, &json!({ "enabled": true })).await;
    scene.carry_out().await;
    scene.settle().await;
    assert_eq!(scene.effect_state(&blocked).await, "ended");
    assert_eq!(scene.send("DELETE", &provider, &Value::Null).await.status, 204);
}
