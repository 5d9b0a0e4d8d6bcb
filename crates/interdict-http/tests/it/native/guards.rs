//! Guard rails on the wire: what a bound app may begin by PATCH.

use interdict_testkit::in_process::TENANT;
use serde_json::{Value, json};

use super::approval::{judge, person, send};
use super::provider::{Scene, filing};

const FILE: &str = "/v1.0/security/securityActions";
const BOUND: &str = "bbbbbbbb-bbbb-4bbb-8bbb-bbbbbbbbbbbb";

/// A scene whose provider is a plain Graph client, its token, and what is changed of its registration.
async fn bound() -> (Scene, String) {
    let scene = Scene::with(&["BlockIp", "UnblockIp"]).await;
    let token = scene.token_of(TENANT, BOUND);
    scene.done("PATCH", &format!("/api/v1/providers/{}", scene.provider), &json!({ "appId": BOUND })).await;
    (scene, token)
}

#[tokio::test]
async fn a_plain_graph_client_begins_nothing_that_it_would_not_be_handed() {
    let (scene, token) = bound().await;
    let provider = format!("/api/v1/providers/{}", scene.provider);
    let says = async |id: &str, status: &str| {
        let body = json!({ "status": status });
        let answer = send(&scene, &token, "PATCH", &format!("{FILE}/{id}"), &body).await;
        (answer.status.as_u16(), answer.details())
    };
    let refused = |code: &str| (409, vec![format!("{code} status")]);
    let done = (200, Vec::new());

    let wide = scene.block("8.8.0.0/16", Value::Null).await;
    assert_eq!(says(&wide, "Running").await, refused("needsApproval"));
    assert_eq!(says(&wide, "Completed").await, refused("needsApproval"));
    assert_eq!(scene.state(&wide).await.1, "awaitingApproval");
    let hash = scene.action(&wide).await["@interdict.execution"]["approval"]["hash"].clone();
    let bob = person(&scene, "bob", BOUND);
    assert_eq!(judge(&scene, &bob, &wide, "approve", hash.as_str().unwrap()).await.status, 200);

    for address in [provider.as_str(), "/api/v1/tenant"] {
        scene.done("POST", &format!("{address}/pause"), &Value::Null).await;
        assert_eq!(says(&wide, "Running").await, refused("paused"), "{address}");
        scene.done("POST", &format!("{address}/resume"), &Value::Null).await;
    }
    assert_eq!(says(&wide, "Running").await, done);
    let same = scene.file(&filing("UnblockIp", &[("IP", "8.8.0.0/16")], &Value::Null)).await;
    assert_eq!(says(&same, "Completed").await, refused("notReady"), "its target is in work");
    scene.done("PATCH", &provider, &json!({ "maxConcurrent": 1 })).await;
    let other = scene.block("1.2.3.4", Value::Null).await;
    assert_eq!(says(&other, "Running").await, refused("notReady"), "it has as many as it may");
    assert_eq!(says(&wide, "Completed").await, done);
    assert_eq!(says(&same, "Completed").await, done);

    let early = scene.block("1.2.3.5", json!({ "notBefore": "2030-01-01T00:00:00Z" })).await;
    assert_eq!(says(&early, "Completed").await, refused("notReady"));
    scene.pass(86_401).await;
    assert_eq!(scene.state(&other).await.1, "expired");
}

#[tokio::test]
async fn a_target_that_comes_to_be_protected_holds_back_what_is_not_begun_and_tells_the_rest() {
    let scene = Scene::with(&["BlockIp", "UnblockIp"]).await;
    let in_force = scene.block("9.9.9.1", Value::Null).await;
    scene.carry_out().await;
    let running = scene.block("9.9.9.2", Value::Null).await;
    let lease = scene.lease_one().await;
    scene.report(&lease, "renew", Value::Null).await;
    let queued = scene.block("9.9.9.3", Value::Null).await;
    let later = scene.block("9.9.9.4", json!({ "notBefore": "2030-01-01T00:00:00Z" })).await;
    let elsewhere = scene.block("1.2.3.4", Value::Null).await;
    let entries = "/api/v1/protected-targets";
    let asks = json!({ "kind": "ip", "value": "9.9.9.0/24", "mode": "needsApproval", "reason": "resolvers" });
    let made = scene.done("POST", entries, &asks).await;
    let told =
        json!({ "rejected": 0, "withheld": 2, "running": [running], "inForce": [in_force], "more": false });
    assert_eq!(made["guarded"], told);
    for id in [&queued, &later] {
        assert_eq!(scene.state(id).await, ("NotStarted".to_owned(), "awaitingApproval".to_owned()));
    }
    assert_eq!(scene.state(&running).await.1, "executing");
    assert_eq!(scene.state(&elsewhere).await.1, "queued");
    assert_eq!(scene.effect_state(&in_force).await, "active", "nothing is undone in silence");

    let address = format!("{entries}/{}", made["id"].as_str().unwrap());
    assert_eq!(scene.done("GET", &address, &Value::Null).await["guarded"], Value::Null);
    let denies = json!({ "kind": "ip", "value": "9.9.9.0/24", "reason": "resolvers" });
    let put = scene.done("PUT", &address, &denies).await;
    assert_eq!((&put["guarded"]["rejected"], &put["guarded"]["withheld"]), (&json!(2), &json!(0)));
    assert_eq!(scene.state(&later).await, ("Failed".to_owned(), "rejected".to_owned()));
    let none = scene.done("PUT", &address, &json!({ "kind": "ip", "value": "8.8.8.8" })).await;
    let told = json!({ "rejected": 0, "withheld": 0, "running": [], "inForce": [], "more": false });
    assert_eq!(none["guarded"], told);

    let auditor =
        format!("Bearer {}", scene.server.token(&[interdict_model::Permission::AuditRead]).unwrap());
    let subject = made["id"].as_str().unwrap();
    let journal =
        send(&scene, &auditor, "GET", &format!("/api/v1/audit?subject={subject}"), &Value::Null).await.json();
    let kinds: Vec<_> = journal["value"].as_array().unwrap().iter().map(|it| it["kind"].clone()).collect();
    assert_eq!(kinds, ["settingPut", "guardMet", "settingPut", "guardMet", "settingPut"]);
    assert_eq!(journal["value"][1]["changes"]["inForce"], json!([in_force]));
}

#[tokio::test]
async fn what_only_its_keeper_may_change_is_refused_to_whoever_keeps_the_catalog() {
    let scene = Scene::with(&["BlockIp", "UnblockIp"]).await;
    let catalog = [interdict_model::Permission::ProvidersReadWrite];
    let token = format!("Bearer {}", scene.server.token(&catalog).unwrap());
    let definition = |kind: &str| {
        json!({ "name": "BlockIp", "target": "IP", "undo": { "action": "UnblockIp", "parameters": { "IP": "IP" } },
            "parameters": [{ "name": "IP", "type": kind, "required": true }] })
    };
    let own = "/api/v1/catalog/BlockIp";
    let hidden = json!({ "name": "BlockIp", "target": "IP", "parameters": definition("text")["parameters"] });
    let refused = send(&scene, &token, "PUT", own, &hidden).await;
    assert_eq!((refused.status.as_u16(), refused.details()), (403, vec!["guardRail parameters".to_owned()]));
    let taken = json!({ "name": "TagIp", "aliases": ["BlockIp"] });
    let refused = send(&scene, &token, "POST", "/api/v1/catalog", &taken).await;
    assert_eq!(
        (refused.status.as_u16(), refused.details()),
        (409, vec!["alreadyExists aliases[0]".to_owned()])
    );
    assert_eq!(send(&scene, &token, "PUT", own, &definition("cidr")).await.status, 200);
    let mut strict = definition("cidr");
    strict["approval"] = json!({ "required": 1, "ttl": "PT1H" });
    assert_eq!(send(&scene, &token, "PUT", own, &strict).await.details(), ["guardRail approval"]);
    scene.done("PUT", own, &strict).await;
    assert_eq!(send(&scene, &token, "DELETE", own, &Value::Null).await.details(), ["guardRail approval"]);
}

#[tokio::test]
async fn nothing_but_a_resume_ends_a_pause_and_no_approved_block_is_extended() {
    let scene = Scene::with(&["BlockIp", "UnblockIp"]).await;
    let provider = format!("/api/v1/providers/{}", scene.provider);
    for address in [provider.as_str(), "/api/v1/tenant"] {
        scene.done("POST", &format!("{address}/pause"), &Value::Null).await;
        let body = if address == provider {
            json!({ "maxConcurrent": 7, "paused": false })
        } else {
            json!({ "catalogMode": "strict", "paused": false })
        };
        assert_eq!(scene.done("PATCH", address, &body).await["paused"], true, "{address}");
        assert_eq!(scene.done("GET", address, &Value::Null).await["paused"], true, "{address}");
        scene.done("POST", &format!("{address}/resume"), &Value::Null).await;
    }
    let id = scene.block("8.8.0.0/16", json!({ "duration": "PT5M" })).await;
    let hash = scene.action(&id).await["@interdict.execution"]["approval"]["hash"].clone();
    let bob = person(&scene, "bob", BOUND);
    assert_eq!(judge(&scene, &bob, &id, "approve", hash.as_str().unwrap()).await.status, 200);
    scene.carry_out().await;
    let extend = format!("/api/v1/actions/{id}/extend");
    let refused = send(&scene, &bob, "POST", &extend, &json!({ "until": null })).await;
    assert_eq!((refused.status.as_u16(), refused.details()), (409, vec!["needsApproval until".to_owned()]));
    scene.done("POST", &extend, &json!({ "duration": "PT1M" })).await;
}

#[tokio::test]
async fn however_many_a_protected_target_meets_all_are_held_back_and_some_are_told() {
    let scene = Scene::with(&["BlockIp", "UnblockIp"]).await;
    scene
        .done("PATCH", &format!("/api/v1/providers/{}", scene.provider), &json!({ "maxConcurrent": 300 }))
        .await;
    for host in 0..420 {
        scene.block(&format!("9.9.{}.{}", host / 200, host % 200), Value::Null).await;
    }
    for many in [100, 100, 1] {
        assert_eq!(scene.lease(many).await.len(), many as usize);
    }
    let entry = json!({ "kind": "ip", "value": "9.9.0.0/16" });
    let guarded = scene.done("POST", "/api/v1/protected-targets", &entry).await["guarded"].clone();
    assert_eq!((&guarded["rejected"], &guarded["more"]), (&json!(219), &json!(true)));
    assert_eq!(guarded["running"].as_array().unwrap().len(), 200);
    assert!(scene.lease(10).await.is_empty());
    // What was handed out and not begun comes back, and is held back then.
    scene.pass(61).await;
    for _ in 0..3 {
        assert!(scene.lease(100).await.is_empty());
    }
    let left = "/api/v1/actions?$filter=phase%20ne%20'rejected'&$count=true";
    assert_eq!(scene.done("GET", left, &Value::Null).await["count"], 0);
}
